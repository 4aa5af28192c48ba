// Where the program finds its own parts: saccade-torch, the demo model.
#pragma once

#include <filesystem>
#include <vector>

namespace saccade {

// The folder that holds bin/, libexec/ and share/.
std::filesystem::path installation_root();

// libexec/saccade/saccade-torch.
std::filesystem::path torch_program();

// share/saccade/NAME; throws Error that says where it was looked for.
std::filesystem::path shared_file(const std::string& name);

// What --weights names; the demo model where it names nothing.
std::filesystem::path weights_file(const std::string& named);

// Replaces this process by saccade-torch with the same arguments; throws Error when it cannot.
[[noreturn]] void become_torch_program(int argc, char** argv);

}  // namespace saccade
