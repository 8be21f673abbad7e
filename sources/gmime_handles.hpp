#pragma once

#include <gmime/gmime.h>
#include <memory>

/// Owners of what GMime and GLib return.
namespace postrider::sources {

struct object_deleter {
  void operator()(gpointer object) const { g_object_unref(object); }
};
template <class T>
using owned_object = std::unique_ptr<T, object_deleter>;

struct text_deleter {
  void operator()(char* text) const { g_free(text); }
};
using owned_text = std::unique_ptr<char, text_deleter>;

/// Sets GMime up, once; before any use of it.
void start_gmime();

}  // namespace postrider::sources
