#pragma once

#include <curl/curl.h>

#include <stdexcept>

/// The calls of libcurl that both engines make.
namespace postrider::actors {

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
