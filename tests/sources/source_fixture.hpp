#pragma once

#include "sources/answers.hpp"
#include "sources/translate.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace postrider::sources {

/// A source that sends to user 7, and requests to it.
struct source_fixture {
  source_fixture() {
    of.name = "alerts";
    of.to = {"user:7"};
  }

  boost::system::result<translation, refusal> post(std::string_view body,
                                                   std::string_view content_type =
                                                       "application/"
                                                       "json") {
    request.method = "POST";
    request.content_type = content_type;
    request.body = body;
    return translate(of, request);
  }
  translation must(const boost::system::result<translation, refusal>& made) {
    if (!made) BOOST_FAIL(made.error().detail);
    return *made;
  }
  /// The message to the first recipient.
  actors::send_request first(const translation& made) {
    BOOST_REQUIRE(!made.messages.empty());
    return made.messages.front();
  }
  unsigned refused(const boost::system::result<translation, refusal>& made) {
    BOOST_REQUIRE(!made);
    BOOST_TEST(!made.error().detail.empty());
    return made.error().status;
  }

  source_settings of;
  incoming request{.now = actors::time_point(std::chrono::seconds(1'796'000'000))};
};

}  // namespace postrider::sources
