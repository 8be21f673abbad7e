#include "sources/gmime_handles.hpp"

namespace postrider::sources {

void start_gmime() {
  static const bool started = [] {
    g_mime_init();
    return true;
  }();
  static_cast<void>(started);
}

}  // namespace postrider::sources
