// Where large tensors of the CPU lie.
#pragma once

namespace saccade {

// From now until the program ends, large CPU tensors come from a BlockCache, and what other libraries
// take from malloc returns to the system when it is freed. glibc does neither: it hands large arrays back and
// forth in every training step and every forward pass, and its heap grows by what lies between smaller ones. Once; later calls do nothing.
void keep_tensor_memory();

}  // namespace saccade
