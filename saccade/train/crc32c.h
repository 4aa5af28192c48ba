// The checksum CRC-32C (Castagnoli), which TensorBoard's records carry.
#pragma once

#include <cstdint>
#include <string_view>

namespace saccade {

// Of the whole text; "123456789" gives 0xE3069283.
// Source: RFC 3720 appendix B.4. zlib has another polynomial.
std::uint32_t crc32c(std::string_view bytes);

}  // namespace saccade
