// Reads .pth files of torch.save, zip and legacy layout, without executing anything.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "saccade/checkpoint/pickle_tree.h"

namespace saccade {

// Tensors view the file's bytes where they are (zip: mapped, not copied) and keep them alive.
// Views of one storage share it. Device tags (cuda:0) are ignored.
// Throws Error: one line that names the file and the fault.
PickleTree read_pth(const std::filesystem::path& path);

// The same from bytes in memory; `owner` keeps them alive, `name` stands in errors.
PickleTree read_pth(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                    const std::string& name);

}  // namespace saccade
