#pragma once

#include "actors/providers/transfer/transfer.hpp"

#include <curl/curl.h>

#include <memory>
#include <string_view>

namespace postrider::actors {

struct curl_easy_deleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct curl_list_deleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using curl_easy_ptr = std::unique_ptr<CURL, curl_easy_deleter>;

/// One exchange and its libcurl easy handle; used again for the next one.
class http_transfer {
 public:
  /// `configure` sets what the engine wants of every handle.
  explicit http_transfer(const std::function<void(CURL*)>& configure);
  http_transfer(const http_transfer&) = delete;
  http_transfer& operator=(const http_transfer&) = delete;

  /// Sets the handle up for one exchange. False when the request cannot be made: then refuse() it.
  bool begin(transfer_request request, transfer_engine::completion done);
  /// The same for a reply that does not end.
  bool begin_stream(transfer_request request, transfer_engine::stream_data on_data,
                    transfer_engine::completion done);
  /// Answers the caller once, with what libcurl says of the exchange.
  void end(CURLcode code);
  /// Answers that the exchange was not begun.
  void refuse();
  /// Answers that it was ended by the engine.
  void end_by_shutdown();
  /// Answers that a stream's peer was silent for too long.
  void end_by_silence();
  /// When a stream ends unless its peer says something.
  std::chrono::steady_clock::time_point silent_until() const {
    return heard_at_ + request_.timeout;
  }

  CURL* handle() const { return handle_.get(); }

 private:
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_request(void* self, char* peer_ip, char* local_ip, int peer_port, int local_port);
  static std::size_t on_read(char* out, std::size_t size, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);

  void set_fixed_options();
  void set_timeouts();
  bool set_proxy();
  std::string host() const;
  bool set_headers();
  void set_body();
  bool is_whole_body_read() const { return body_read_ >= request_.body.size(); }
  int status() const;
  transfer_stage stage_reached() const;
  transfer_error error_of(CURLcode code, transfer_stage stage) const;
  transfer_error by_proxy(CURLcode code) const;
  void answer(transfer_error error, transfer_stage stage, std::string_view text);

  curl_easy_ptr handle_;
  std::unique_ptr<curl_slist, curl_list_deleter> header_list_;
  transfer_request request_;
  transfer_engine::completion done_;
  transfer_engine::stream_data on_data_;  ///< null: the reply is collected
  transfer_result result_;
  /// A stream's: when its last byte came.
  std::chrono::steady_clock::time_point heard_at_;
  std::size_t body_read_ = 0;
  bool requested_ = false;            ///< libcurl began to write the request
  bool requested_on_reused_ = false;  ///< on a connection that had served before
  bool reply_head_complete_ = false;  ///< not of an interim reply (1xx)
  bool reply_too_long_ = false;
  bool address_refused_ = false;
  bool proxied_ = false;        ///< by a connection that a proxy makes
  bool reply_started_ = false;  ///< the peer's, not the proxy's
  char error_text_[CURL_ERROR_SIZE] = {};
};

}  // namespace postrider::actors
