#pragma once

#include <string>

namespace postrider::tests {

struct test_rsa_key {
  std::string pem;
  /// As it stands in the DNS: "v=DKIM1; k=rsa; p=...".
  std::string record;
};
test_rsa_key make_rsa_key(int bits = 2048);
/// A key that DKIM signatures with RSA cannot be made with.
std::string elliptic_key_pem();

}  // namespace postrider::tests
