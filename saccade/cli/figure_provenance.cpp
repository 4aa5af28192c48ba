// What every picture records of how it was made.
#include "saccade/cli/figure_provenance.h"

namespace saccade {
namespace {

std::string& stored_text() {
  static std::string text;
  return text;
}

}  // namespace

std::string shell_word(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789_-+=,./:@%") == std::string::npos;
  if (plain) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

void set_command_text(int argc, char** argv) {
  std::string text = "saccade";
  for (int i = 1; i < argc; ++i) text += " " + shell_word(argv[i]);
  stored_text() = text;
}

const std::string& command_text() { return stored_text(); }

FigureRecord figure_record(const std::string& weights_sha256, const std::string& seed) {
  return {.command = command_text(),
          .version = SACCADE_VERSION,
          .weights_sha256 = weights_sha256,
          .seed = seed};
}

}  // namespace saccade
