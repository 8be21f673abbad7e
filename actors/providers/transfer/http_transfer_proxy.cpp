#include "actors/providers/transfer/http_transfer.hpp"

/// A transfer through a proxy: whether it is asked, and with which credentials.
namespace postrider::actors {

/// As libcurl will understand it: 0x7f.1 becomes 127.0.0.1. Empty when it will not.
std::string http_transfer::host() const {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  char* text = nullptr;
  if (curl_url_set(url.get(), CURLUPART_URL, request_.url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(url.get(), CURLUPART_HOST, &text, 0) != CURLUE_OK)
    return {};
  std::string host(text);
  curl_free(text);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

/// False when the proxy must not be asked for this host.
bool http_transfer::set_proxy() {
  auto* h = handle_.get();
  const auto& proxy = request_.proxy;
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? nullptr : text.c_str();
  };
  const auto to = proxy.url.empty() ? std::string() : host();
  proxied_ = !proxy.url.empty() && !goes_direct(to, proxy.no_proxy);
  // An empty text means: none, not that of the environment.
  curl_easy_setopt(h, CURLOPT_PROXY, proxied_ ? proxy.url.c_str() : "");
  curl_easy_setopt(h, CURLOPT_PROXYUSERNAME, proxied_ ? text_or_null(proxy.username) : nullptr);
  curl_easy_setopt(h, CURLOPT_PROXYPASSWORD, proxied_ ? text_or_null(proxy.password) : nullptr);
  address_refused_ = proxied_ && request_.public_addresses_only && !may_be_public(to);
  return !address_refused_;
}

}  // namespace postrider::actors
