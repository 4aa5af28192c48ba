// saccade data: what a data set holds and whether it is sound.
#include "saccade/cli/data_command.h"

#include "saccade/cli/data_check_command.h"
#include "saccade/cli/data_show_command.h"
#include "saccade/cli/data_stats_command.h"

namespace saccade {

void add_data_command(CLI::App& app) {
  CLI::App* data =
      app.add_subcommand("data", "Look at data sets, count what they hold, check them");
  data->require_subcommand(1);
  add_data_show(*data);
  add_data_stats(*data);
  add_data_check(*data);
}

}  // namespace saccade
