#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postrider::cli {

/// Lines with aligned columns, two spaces between them, none at the end. The first row is the
/// heading. Empty cells are shown as "-". Each line begins with `indent`.
std::string text_table(const std::vector<std::vector<std::string>>& rows,
                       std::string_view indent = {});

}  // namespace postrider::cli
