// Options of what training draws.
#include "saccade/cli/augmentation_options.h"

#include <CLI/CLI.hpp>

#include "saccade/data/augmentation.h"
#include "saccade/image/input_size.h"

namespace saccade {

void add_augmentation_options(CLI::App& command, AugmentationChange& change) {
  command
      .add_option_function<std::string>(
          "--train_sizes",
          [&change](const std::string& text) {
            std::tie(change.min_side, change.max_side) = parse_side_range(text);
          },
          "short sides that training draws, evenly (default: the official steps around --size)")
      ->type_name("MIN,MAX");
  command
      .add_option("--crop_part", change.crop_part,
                  "crops take F to 1 of both sides of the picture (default: the official crop)")
      ->check(CLI::Range(0.01, 1.0))
      ->type_name("F");
}

}  // namespace saccade
