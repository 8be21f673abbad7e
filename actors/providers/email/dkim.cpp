#include "actors/providers/email/dkim.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstdint>
#include <cstring>
#include <ctime>
#include <memory>
#include <type_traits>

/// The header is for C, where bool has this name.
using _Bool = bool;
extern "C" {
#include <opendkim/dkim.h>
}

namespace postrider::actors {
namespace {

using result = boost::system::result<std::string, std::string>;

struct dkim_deleter {
  void operator()(DKIM* handle) const { dkim_free(handle); }
};
struct dkim_lib_deleter {
  void operator()(DKIM_LIB* library) const { dkim_close(library); }
};

/// The library writes to none of what it is given.
unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));
}

result failed(std::string why, DKIM* handle = nullptr) {
  if (const char* text = handle ? dkim_geterror(handle) : nullptr; text && *text)
    why.append(": ").append(text);
  return result(boost::system::in_place_error, std::move(why));
}

struct key_deleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct bio_deleter {
  void operator()(BIO* memory) const { BIO_free(memory); }
};

/// Empty when it can sign. libopendkim asks the terminal for the passphrase of a key that has one,
/// and leaks what it read of a key that it then refuses.
std::string key_refusal(const std::string& pem) {
  const std::unique_ptr<BIO, bio_deleter> memory(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  const std::unique_ptr<EVP_PKEY, key_deleter> key(
      memory ? PEM_read_bio_PrivateKey(memory.get(), nullptr, no_passphrase, nullptr) : nullptr);
  if (!key) return "it cannot be read as PEM without a passphrase";
  if (EVP_PKEY_is_a(key.get(), "RSA") != 1) return "it is not an RSA key";
  return EVP_PKEY_get_bits(key.get()) < 1024 ? "it has less than 1024 bits" : "";
}

/// The time of signing belongs to the whole library, so each signature has a library of its own.
std::unique_ptr<DKIM_LIB, dkim_lib_deleter> library_at(persistence::time_point time) {
  std::unique_ptr<DKIM_LIB, dkim_lib_deleter> library(dkim_init(nullptr, nullptr));
  if (!library) return nullptr;
  auto seconds = static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count());
  // From is signed once more than it is there, so that no second one can be added.
  const unsigned char* once_more[]{bytes_of("from"), nullptr};
  const unsigned char* signed_headers[]{bytes_of("from"),
                                        bytes_of("to"),
                                        bytes_of("subject"),
                                        bytes_of("date"),
                                        bytes_of("message-id"),
                                        bytes_of("auto-submitted"),
                                        bytes_of("mime-version"),
                                        bytes_of("content-type"),
                                        bytes_of("content-transfer-encoding"),
                                        nullptr};
  const bool set = dkim_options(library.get(), DKIM_OP_SETOPT, DKIM_OPTS_FIXEDTIME, &seconds,
                                sizeof seconds) == DKIM_STAT_OK &&
                   dkim_options(library.get(), DKIM_OP_SETOPT, DKIM_OPTS_SIGNHDRS, signed_headers,
                                sizeof(unsigned char**)) == DKIM_STAT_OK &&
                   dkim_options(library.get(), DKIM_OP_SETOPT, DKIM_OPTS_OVERSIGNHDRS, once_more,
                                sizeof(unsigned char**)) == DKIM_STAT_OK;
  return set ? std::move(library) : nullptr;
}

/// Each header with its folded lines, without the last line end.
DKIM_STAT give_headers(DKIM* handle, std::string_view headers) {
  while (!headers.empty()) {
    std::size_t end = 0;
    do {
      end = headers.find("\r\n", end == 0 ? 0 : end + 2);
    } while (end != headers.npos && end + 2 < headers.size() &&
             (headers[end + 2] == ' ' || headers[end + 2] == '\t'));
    const auto header = headers.substr(0, end);
    const auto status = dkim_header(handle, bytes_of(header), header.size());
    if (status != DKIM_STAT_OK) return status;
    headers.remove_prefix(end == headers.npos ? headers.size() : end + 2);
  }
  return DKIM_STAT_OK;
}

/// The library folds with a line feed alone.
std::string with_crlf(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\n' && !out.ends_with('\r')) out += '\r';
    out += c;
  }
  return out;
}

}  // namespace

result dkim_signed(std::string_view message, const dkim_settings& settings,
                   persistence::time_point time) {
  const auto head = message.find("\r\n\r\n");
  if (head == message.npos) return failed("the message has no end of its headers");
  if (auto refusal = key_refusal(settings.key); !refusal.empty()) return failed(std::move(refusal));
  const auto library = library_at(time);
  if (!library) return failed("libopendkim cannot be initialised");
  DKIM_STAT status = DKIM_STAT_OK;
  const std::unique_ptr<DKIM, dkim_deleter> handle(
      dkim_sign(library.get(), bytes_of("postrider"), nullptr, bytes_of(settings.key.c_str()),
                bytes_of(settings.selector.c_str()), bytes_of(settings.domain.c_str()),
                DKIM_CANON_RELAXED, DKIM_CANON_RELAXED, DKIM_SIGN_RSASHA256, -1, &status));
  if (!handle) return failed("the signature cannot be begun");
  const auto body = message.substr(head + 4);
  if (give_headers(handle.get(), message.substr(0, head)) != DKIM_STAT_OK ||
      dkim_eoh(handle.get()) != DKIM_STAT_OK)
    return failed("the headers cannot be signed", handle.get());
  if (!body.empty() && dkim_body(handle.get(), bytes_of(body), body.size()) != DKIM_STAT_OK)
    return failed("the text cannot be signed", handle.get());
  if (dkim_eom(handle.get(), nullptr) != DKIM_STAT_OK)
    return failed("the message cannot be signed", handle.get());
  constexpr std::string_view name = "DKIM-Signature: ";
  unsigned char* value = nullptr;
  std::size_t size = 0;
  if (dkim_getsighdr_d(handle.get(), name.size(), &value, &size) != DKIM_STAT_OK)
    return failed("the signature cannot be written", handle.get());
  std::string out(name);
  out += with_crlf({reinterpret_cast<const char*>(value), size});
  out.append("\r\n").append(message);
  return result(boost::system::in_place_value, std::move(out));
}

}  // namespace postrider::actors
