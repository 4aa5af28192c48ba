// saccade data: what a data set holds and whether it is sound.
#include "saccade/cli/data_command.h"

#include "saccade/cli/data_check_command.h"

namespace saccade {

void add_data_command(CLI::App& app) {
  CLI::App* data = app.add_subcommand("data", "Check data sets");
  data->require_subcommand(1);
  add_data_check(*data);
}

}  // namespace saccade
