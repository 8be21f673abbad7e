#pragma once

#include "http/connection/exchange.hpp"

namespace postrider::http::routes {

/// GET /: a browser is led to the page, a program to the description.
void start_page(exchange& x);
/// GET /ui: the page is one step below, because its links are relative.
void page_folder(exchange& x);
/// GET /ui/: the page for people.
void page(exchange& x);
/// GET /ui/{file}: a part of the page.
void page_file(exchange& x);

}  // namespace postrider::http::routes
