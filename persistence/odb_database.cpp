#include "persistence/apply/odb_ledger.hpp"
#include "persistence/query/odb_queries.hpp"
#include "persistence/sql/migrations.hpp"

namespace postrider::persistence {
namespace {

class odb_database final : public ledger_database {
 public:
  explicit odb_database(std::shared_ptr<ledger_context> context) : context_(std::move(context)) {}

  std::unique_ptr<ledger> open_ledger() override { return std::make_unique<odb_ledger>(context_); }
  std::unique_ptr<ledger_queries> open_queries() override {
    return std::make_unique<odb_queries>(context_);
  }
  result<schema_state> schema() override {
    reconnecting_session session(context_);
    return find_schema(session);
  }
  result<void> migrate() override {
    reconnecting_session session(context_, patience::whole_tables);
    if (auto migrated = migrate_schema(session); !migrated) return migrated;
    return probe();
  }
  result<void> probe() {
    try {
      context_->connector->probe();
      return {};
    } catch (const database_failure& failure) {
      return unavailable(failure);
    }
  }
  result<void> check_storage() const override {
    try {
      context_->connector->check_storage();
      return {};
    } catch (const database_failure& failure) {
      return unavailable(failure);
    }
  }
  bool exclusive() const override { return context_->connector->exclusive(); }
  std::vector<std::string> warnings() const override { return context_->connector->warnings(); }
  std::string description() const override { return context_->connector->description(); }

 private:
  std::shared_ptr<ledger_context> context_;
};

result<std::unique_ptr<connector>> make_connector(const database_url& url,
                                                  const database_settings& settings) {
  return url.kind == database_url::kind::mysql ? make_mysql_connector(url, settings)
                                               : make_sqlite_connector(url, settings);
}

}  // namespace

result<std::unique_ptr<ledger_database>> open_database(database_settings settings) {
  const auto url = parse_database_url(settings.url);
  if (!url) return url.error();
  try {
    auto connector = make_connector(*url, settings);
    if (!connector) return connector.error();
    auto context = std::make_shared<ledger_context>();
    context->connector = std::move(*connector);
    context->settings = std::move(settings);
    // Reached once, so that a wrong setting shows at the start and not at the first message.
    context->connector->connect(patience::as_set);
    auto database = std::make_unique<odb_database>(std::move(context));
    if (auto schema = database->schema(); schema && *schema == schema_state::current) {
      if (auto probed = database->probe(); !probed) return probed.error();
    }
    return database;
  } catch (const database_failure& failure) {
    return unavailable(failure);
  }
}

}  // namespace postrider::persistence
