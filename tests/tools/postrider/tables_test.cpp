#include "tests/tools/postrider/command_world.hpp"
#include "tools/postrider/text_table.hpp"

namespace postrider::cli::tests {
namespace {

const std::string providers_answer =
    R"({"data":[{"name":"signal-main","type":"signal","priority":1,"active":true,)"
    R"("circuit":{"state":"closed","held":false},"health":{"last_error":null},"in_flight":2,"queued":3},)"
    R"({"name":"mail","type":"email","priority":2,"active":true,"circuit":{"state":"open",)"
    R"("held":true},"health":{"last_error":"login refused"},"in_flight":0,"queued":0},)"
    R"({"name":"sms","type":"sms","priority":3,"active":false,"circuit":{"state":"half_open",)"
    R"("held":false},"in_flight":0,"queued":0}]})";

std::string page(const std::string& rows, const std::string& cursor) {
  return R"({"data":[)" + rows + R"(],"has_more":)" + (cursor.empty() ? "false" : "true") +
         R"(,"next_cursor":)" + (cursor.empty() ? "null" : "\"" + cursor + "\"") + "}";
}

std::string row(int id) {
  return R"({"id":)" + std::to_string(id) +
         R"(,"user_id":7,"recipient":"+1555","provider":"sms","status":"pending",)"
         R"("created_at":"2026-01-01T00:00:00.000Z"})";
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tables, command_world)

BOOST_AUTO_TEST_CASE(columns_are_aligned_by_characters) {
  BOOST_TEST(text_table({{"A", "B"}, {"\xc3\xa4\xc3\xb6", ""}, {"abc", "x"}}) ==
             "A    B\n\xc3\xa4\xc3\xb6   -\nabc  x\n");
  BOOST_TEST(text_table({{"A", "B"}, {"abc", "x"}}, "  ") == "  A    B\n  abc  x\n");
}

BOOST_AUTO_TEST_CASE(providers_are_listed_with_how_they_are) {
  script = {answered("GET", "/v1/providers", "", 200, providers_answer)};
  BOOST_TEST(run({"providers"}) == done);
  BOOST_TEST(out.str() ==
             "NAME         TYPE    PRIORITY  STATE         IN FLIGHT  QUEUED  LAST ERROR\n"
             "signal-main  signal  1         working       2          3       -\n"
             "mail         email   2         held          0          0       login refused\n"
             "sms          sms     3         switched off  0          0       -\n");
  out.str("");
  script = {answered("GET", "/v1/providers", "", 200, providers_answer)};
  BOOST_TEST(run({"providers", "--json"}) == done);
  BOOST_TEST(out.str() == providers_answer + "\n");
  out.str("");
  script = {answered("GET", "/v1/providers", "", 200, R"({"data":[]})")};
  BOOST_TEST(run({"providers"}) == done);
  BOOST_TEST(out.str().starts_with("no provider is configured"));
}

BOOST_AUTO_TEST_CASE(a_users_list_is_shown) {
  const std::string list =
      R"([{"provider":"signal-main","priority":1,"active":true,"address":"+1555"},)"
      R"({"provider":"mail","priority":2,"active":false,"address":""}])";
  script = {answered("GET", "/v1/users/7/providers", "", 200, list)};
  BOOST_TEST(run({"users", "show", "7"}) == done);
  BOOST_TEST(out.str() ==
             "PRIORITY  PROVIDER     ACTIVE  ADDRESS\n"
             "1         signal-main  yes     +1555\n"
             "2         mail         no      -\n");
  out.str("");
  script = {answered("GET", "/v1/users/7/providers", "", 200, list)};
  BOOST_TEST(run({"users", "show", "7", "--json"}) == done);
  BOOST_TEST(out.str() == list + "\n");
  out.str("");
  script = {answered("GET", "/v1/users/8/providers", "", 200, "[]")};
  BOOST_TEST(run({"users", "show", "8"}) == done);
  BOOST_TEST(out.str().starts_with("user 8 has no list of its own"));
  BOOST_TEST(run({"users", "show", "0"}) == usage);
  BOOST_TEST(run({"users"}) == usage);
}

BOOST_AUTO_TEST_CASE(a_users_list_is_replaced) {
  const std::string body =
      R"([{"provider":"signal-main","address":"+1555"},{"provider":"mail","address":"a=b@c"},)"
      R"({"provider":"sms"}])";
  script = {answered("PUT", "/v1/users/7/providers", body, 200, "[]")};
  BOOST_TEST(run({"users", "put", "7", "signal-main=+1555", "mail=a=b@c", "sms"}) == done);
  script = {answered("PUT", "/v1/users/7/providers", "[]", 200, "[]")};
  BOOST_TEST(run({"users", "put", "7", "--clear"}) == done);
  write("list.json", R"([{"provider":"sms"}])");
  script = {answered("PUT", "/v1/users/7/providers", R"([{"provider":"sms"}])", 200, "[]")};
  BOOST_TEST(run({"users", "put", "7", "--file", "list.json"}) == done);
  in.str("[]");
  script = {answered("PUT", "/v1/users/7/providers", "[]", 200, "[]")};
  BOOST_TEST(run({"users", "put", "7", "--file", "-"}) == done);
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{}, {"sms", "--clear"}, {"--file", "list.json", "--clear"}}) {
    auto words = std::vector<std::string>{"users", "put", "7"};
    words.insert(words.end(), more.begin(), more.end());
    BOOST_TEST(run(words) == usage);
  }
  write("empty.json", "");
  for (const auto* unreadable : {"nowhere.json", ".", "empty.json", "/dev/null", "-"}) {
    in.str("");
    err.str("");
    BOOST_TEST(run({"users", "put", "7", "--file", unreadable}) == failed);
    BOOST_TEST(err.str().find(unreadable == std::string("-") ? "standard input" : unreadable) !=
               std::string::npos);
  }
  script = {answered("PUT", "/v1/users/7/providers", R"([{"provider":"smss"}])", 422,
                     R"({"code":"invalid","detail":"there is no provider 'smss'"})")};
  BOOST_TEST(run({"users", "put", "7", "smss"}) == failed);
  BOOST_TEST(err.str().find("there is no provider 'smss'") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(transactions_are_listed_page_by_page_up_to_the_limit) {
  script = {answered("GET", "/v1/transactions?limit=20", "", 200, page(row(3) + "," + row(2), ""))};
  BOOST_TEST(run({"list"}) == done);
  BOOST_TEST(out.str() ==
             "ID  CREATED                   USER  RECIPIENT  PROVIDER  STATE\n"
             "#3  2026-01-01T00:00:00.000Z  7     +1555      sms       pending\n"
             "#2  2026-01-01T00:00:00.000Z  7     +1555      sms       pending\n");
  out.str("");
  // A page can be empty and have a next one.
  script = {
      answered("GET", "/v1/users/7/transactions?status=failed&recipient=%2B1555&limit=2", "", 200,
               page("", "a9")),
      answered("GET", "/v1/users/7/transactions?status=failed&recipient=%2B1555&limit=2&cursor=a9",
               "", 200, page(row(9), "a8")),
      answered("GET", "/v1/users/7/transactions?status=failed&recipient=%2B1555&limit=1&cursor=a8",
               "", 200, page(row(8), "a7"))};
  BOOST_TEST(run({"list", "--user", "7", "--status", "failed", "--recipient", "+1555", "--limit",
                  "2"}) == done);
  BOOST_TEST(out.str().ends_with("pending\nmore: repeat the command with --cursor a7\n"));
  out.str("");
  script = {answered("GET", "/v1/transactions?archived=true&limit=1&cursor=a7", "", 200,
                     page(row(7), "a6"))};
  BOOST_TEST(run({"list", "--history", "--limit", "1", "--cursor", "a7", "--json"}) == done);
  BOOST_TEST(out.str() == page(row(7), "a6") + "\n");
  out.str("");
  script = {answered("GET", "/v1/transactions?limit=20", "", 200, page("", ""))};
  BOOST_TEST(run({"list"}) == done);
  BOOST_TEST(out.str() == "no transactions found\n");
  BOOST_TEST(run({"list", "--limit", "0"}) == usage);
  BOOST_TEST(run({"list", "--status", "foo"}) == usage);
  BOOST_TEST(err.str().find("--status: foo not in {") != std::string::npos, err.str());
  BOOST_TEST(run({"list", "--live", "--history"}) == usage);
}

BOOST_AUTO_TEST_CASE(more_transactions_than_a_page_has_are_asked_for_in_pages) {
  const auto rows = [](int newest, int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
      text += (i == 0 ? "" : ",") + row(newest - i);
    return text;
  };
  script = {
      answered("GET", "/v1/transactions?limit=500", "", 200, page(rows(1200, 500), "a")),
      answered("GET", "/v1/transactions?limit=500&cursor=a", "", 200, page(rows(700, 500), "b")),
      answered("GET", "/v1/transactions?limit=200&cursor=b", "", 200, page(rows(200, 200), "c"))};
  BOOST_TEST(run({"list", "--limit", "1200"}) == done);
  const auto text = out.str();
  BOOST_TEST(std::ranges::count(text, '\n') == 1202);
  BOOST_TEST(text.find("\n#1200  ") != std::string::npos);
  BOOST_TEST(text.find("\n#1     ") != std::string::npos);
  BOOST_TEST(text.ends_with("more: repeat the command with --cursor c\n"));
  BOOST_TEST(script.empty());
  out.str("");
  // The last page ends it, however many were asked for.
  script = {answered("GET", "/v1/transactions?limit=500", "", 200, page(row(2), ""))};
  BOOST_TEST(run({"list", "--limit", "501"}) == done);
  BOOST_TEST(script.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
