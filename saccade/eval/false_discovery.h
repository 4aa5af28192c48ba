// Many tests at once: how sure each is when some of them would look significant by chance.
#pragma once

#include <span>
#include <vector>

namespace saccade {

// Adjusted p, in the order given: rejecting those at or below q keeps the expected share of false rejections among
// them at or below q (for independent or positively dependent tests). Source: Benjamini and Hochberg, "Controlling the
// false discovery rate", J. R. Stat. Soc. B 57 (1995).
std::vector<double> benjamini_hochberg(std::span<const double> p);

}  // namespace saccade
