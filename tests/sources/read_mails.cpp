#include "sources/mail.hpp"
#include "sources/mail_reader.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cstdio>
#include <fstream>
#include <iterator>

using namespace postrider;

/// Prints a line of JSON for each mail named: what Postrider reads of it, for a judge.
int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    const std::string content(std::istreambuf_iterator<char>(file), {});
    const auto mail = sources::read_mail_content(content);
    boost::json::array attachments;
    for (const auto& one : mail.attachments)
      attachments.push_back(
          boost::json::object{{"name", one.name},
                              {"type", one.type},
                              {"bytes", one.bytes ? std::int64_t(*one.bytes) : -1}});
    boost::json::array headers;
    for (const auto& [name, value] : mail.headers)
      headers.push_back(boost::json::array{name, value});
    sources::source_settings of;
    of.name = "mail";
    of.type = sources::source_type::mail;
    of.to = {"user:7"};
    const auto made = sources::translate_mail(of, {"a@example.net", "b@example.org", content, {}});
    std::puts(boost::json::serialize(
                  boost::json::object{{"headers", std::move(headers)},
                                      {"text", mail.text},
                                      {"attachments", std::move(attachments)},
                                      {"event", made ? made->event : ""},
                                      {"title", made ? made->messages.at(0).subject : ""},
                                      {"message", made ? made->messages.at(0).text : ""},
                                      {"refusal", made ? 0 : made.error().status}})
                  .c_str());
  }
}
