#pragma once

#include <string>
#include <vector>

namespace postrider::tests {

// An HTTP server on a free loopback port that takes one request after the other, each on a
// connection of its own, and answers them with the given statuses. Every wait ends after ten
// seconds, with an exception.
class scripted_receiver {
 public:
  explicit scripted_receiver(std::vector<unsigned> statuses);
  ~scripted_receiver();
  scripted_receiver(const scripted_receiver&) = delete;
  scripted_receiver& operator=(const scripted_receiver&) = delete;

  unsigned short port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  // Waits for the next request, answers it, and returns it with head and body.
  std::string next();
  // The same in two steps.
  std::string accept();
  void answer_accepted();

 private:
  int listener_ = -1, client_ = -1;
  unsigned short port_ = 0;
  std::vector<unsigned> statuses_;
  std::size_t answered_ = 0;
};

}  // namespace postrider::tests
