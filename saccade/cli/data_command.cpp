// The command `data` and what it can do.
#include "saccade/cli/data_command.h"

#include "saccade/cli/data_convert_command.h"

namespace saccade {

void add_data_command(CLI::App& app) {
  CLI::App* data = app.add_subcommand("data", "Convert data sets");
  data->require_subcommand(1);
  add_data_convert(*data);
}

}  // namespace saccade
