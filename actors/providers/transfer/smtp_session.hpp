#pragma once

#include "actors/providers/transfer/curl_handle.hpp"
#include "actors/providers/transfer/smtp_dialogue.hpp"
#include "actors/providers/transfer/transfer.hpp"

#include <curl/curl.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace postrider::actors {

/// One libcurl easy handle and its connection, which is kept for the next message to the same
/// server. Used by one thread, except for stop().
class smtp_session {
 public:
  using clock = std::chrono::steady_clock;

  explicit smtp_session(std::chrono::seconds max_idle_age) : max_idle_age_(max_idle_age) {}
  ~smtp_session() { close(); }
  smtp_session(const smtp_session&) = delete;
  smtp_session& operator=(const smtp_session&) = delete;

  /// Blocks until the exchange is over, at most a second after the deadline.
  transfer_result perform(const transfer_request& request, clock::time_point deadline);
  /// Says QUIT and closes, without waiting for an answer.
  void close();
  /// From any thread: ends what is going on, and everything that is performed later.
  void stop();

 private:
  static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_close(void* self, curl_socket_t socket);
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  static int on_debug(CURL*, curl_infotype type, char* data, std::size_t size, void* self);
  static std::size_t on_reply(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_read(char* out, std::size_t size, std::size_t count, void* self);

  bool open_for(const transfer_request& request);
  bool set_request();
  void set_login(const mail_envelope& mail);
  void set_tls();
  CURLcode try_once(bool fresh_connection);
  bool kept_connection_failed(CURLcode code) const;
  bool is_connected() const;
  void shut_down_sockets(int how);
  transfer_stage stage_reached() const;
  transfer_error error_of(CURLcode code) const;
  bool is_complete(CURLcode code) const;
  std::string text_of(CURLcode code, transfer_error error) const;
  transfer_result result_of(CURLcode code);

  std::chrono::seconds max_idle_age_;
  curl_easy_ptr handle_;
  std::unique_ptr<curl_slist, curl_list_deleter> recipients_;
  /// The settings that a connection must have been made with to be used again.
  std::string connection_key_;
  const transfer_request* request_ = nullptr;
  clock::time_point deadline_;
  clock::time_point connect_deadline_;
  smtp_dialogue dialogue_;
  std::size_t body_read_ = 0;
  bool address_refused_ = false;
  bool reply_too_long_ = false;
  char error_text_[CURL_ERROR_SIZE] = {};

  std::atomic<bool> stopped_{false};
  /// Held while a socket is closed, so that stop() never touches another one of that number.
  std::mutex sockets_mutex_;
  std::vector<curl_socket_t> sockets_;
};

/// A sentence when this must not go to a server: libcurl writes addresses and names as they are, so
/// a line break in one would be another command (RFC 5321, 2.3.8 forbids bare CR and LF too).
std::string mail_request_refusal(const transfer_request& request);

}  // namespace postrider::actors
