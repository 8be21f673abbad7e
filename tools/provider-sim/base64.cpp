#include "tools/provider-sim/base64.hpp"

#include <boost/beast/core/string.hpp>
#include <openssl/evp.h>

namespace postrider::provider_sim {

std::string to_base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

// OpenSSL skips spaces and counts the padding as bytes; both are corrected here.
std::optional<std::string> from_base64(std::string_view text) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=')
    ++padding;
  const std::string_view digits = text.substr(0, text.size() - padding);
  if (text.size() % 4 != 0 || digits.find_first_not_of(alphabet) != digits.npos)
    return std::nullopt;
  std::string bytes(3 * text.size() / 4, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  bytes.resize(bytes.size() - padding);
  return bytes;
}

std::optional<std::pair<std::string, std::string>> read_basic(std::string_view header) {
  constexpr std::string_view scheme = "Basic ";
  if (!boost::beast::iequals(boost::beast::string_view(header.data(), header.size())
                                 .substr(0, std::min(scheme.size(), header.size())),
                             boost::beast::string_view(scheme.data(), scheme.size())))
    return std::nullopt;
  const auto decoded = from_base64(header.substr(scheme.size()));
  const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return std::pair(decoded->substr(0, colon), decoded->substr(colon + 1));
}

}  // namespace postrider::provider_sim
