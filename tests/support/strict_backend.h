// How ranks exchange tensors of the strict device in tests: through Gloo, on the CPU.
#pragma once

#include <string>

namespace saccade {

// From now on ProcessGroup connects strict devices; all of this identity are taken for one. Empty: each process has
// its own.
void register_strict_backend(const std::string& identity = "");

// Tensors it has brought from one rank to another in this process.
int strict_exchanges();

}  // namespace saccade
