#include "sources/delay.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::sources {

BOOST_AUTO_TEST_CASE(delays_are_durations_and_times_of_ntfy) {
  using std::chrono::seconds;
  const actors::time_point now(seconds(1'796'000'000));
  for (const auto& [text, wait] :
       {std::pair("30m", 1'800), std::pair("30 min", 1'800), std::pair("2 hours", 7'200),
        std::pair("1d", 86'400), std::pair("10S", 10), std::pair("1 day", 86'400),
        std::pair(" 90 secs ", 90), std::pair("1796000060", 60)})
    BOOST_TEST((delayed_until(text, now) == now + seconds(wait)), text);
  for (const auto* text : {"", "0s", "-5m", "tomorrow", "10 years", "1795999999", "400d", "m",
                           "99999999999999999999m", "5 m 3"})
    BOOST_TEST(!delayed_until(text, now), text);
}

}  // namespace postrider::sources
