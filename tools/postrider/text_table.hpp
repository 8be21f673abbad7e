#pragma once

#include <string>
#include <vector>

namespace postrider::cli {

/// Lines with aligned columns, two spaces between them, none at the end. The first row is the
/// heading. Empty cells are shown as "-".
std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace postrider::cli
