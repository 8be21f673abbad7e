#pragma once

#include <curl/curl.h>

#include <memory>
#include <stdexcept>

/// The handles and calls of libcurl.
namespace postrider::actors {

struct curl_easy_deleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct curl_list_deleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using curl_easy_ptr = std::unique_ptr<CURL, curl_easy_deleter>;

/// Once in the process, before the first handle.
inline void initialise_curl() {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised");
}

inline curl_off_t curl_time(CURL* handle, CURLINFO info) {
  curl_off_t value = 0;
  curl_easy_getinfo(handle, info, &value);
  return value;
}

}  // namespace postrider::actors
