#include "http/routes/transaction_list.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace postrider;

/// A text that is taken for a cursor is one that was given.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto before = http::routes::decode_cursor(text);
  fuzz::require(before >= 0, "a transaction's id is not negative");
  if (before != 0)
    fuzz::require(http::routes::encode_cursor(before) == text, "a cursor has one spelling");
  return 0;
}
