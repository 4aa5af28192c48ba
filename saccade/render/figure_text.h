// Numbers and words as figures print them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace saccade {

// `value` with `digits` decimals; minus is U+2212, zero is "0", NaN is "-".
std::string number_text(double value, int digits);
// A share of 0 to 1 as "87 %"; below one per cent with a decimal, as "0.3 %".
std::string percent_text(double share);
// A change with its sign: "+0.05", "\u22120.27", "0".
std::string change_text(double value, int digits);
// "1 point", "2 points", "2 classes", "2 categories".
std::string count_text(std::size_t count, std::string_view noun);
// A list of indices as runs with a prefix: "0-7", "L0-L3", "L0, L2". "none" when empty.
std::string index_list(const std::vector<int>& indices, std::string_view prefix = "");
// `text` with bytes that are no UTF-8, control and noncharacters replaced, so that it can be drawn.
std::string drawable_text(std::string_view text);
// Where the character that starts at byte `at` of UTF-8 text ends.
std::size_t next_character(std::string_view text, std::size_t at);

}  // namespace saccade
