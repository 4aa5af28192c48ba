// saccade data: what a data set holds, whether it is sound, and the same in another format.
#include "saccade/cli/data_command.h"

#include "saccade/cli/data_check_command.h"
#include "saccade/cli/data_convert_command.h"
#include "saccade/cli/data_show_command.h"
#include "saccade/cli/data_stats_command.h"

namespace saccade {

void add_data_command(CLI::App& app) {
  CLI::App* data = app.add_subcommand(
      "data", "Look at data sets, count what they hold, check and convert them.");
  data->require_subcommand(1);
  add_data_show(*data);
  add_data_stats(*data);
  add_data_check(*data);
  add_data_convert(*data);
}

}  // namespace saccade
