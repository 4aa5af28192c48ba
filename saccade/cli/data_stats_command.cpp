// saccade data stats: what a data set holds, in numbers.
#include "saccade/cli/data_stats_command.h"

#include <iostream>
#include <memory>

#include "saccade/cli/data_options.h"
#include "saccade/cli/figure_provenance.h"
#include "saccade/cli/output_files.h"
#include "saccade/core/error.h"
#include "saccade/data/dataset_stats_text.h"
#include "saccade/render/dataset_stats_figure.h"

namespace saccade {
namespace {

struct StatsArguments {
  DataSetOptions set;
  std::string out;
  std::string width = "double";
  bool json = false;
  bool quiet = false;
  bool overwrite = false;
};

void run_stats(const StatsArguments& arguments) {
  if (!arguments.out.empty()) figure_kind(arguments.out);  // a wrong suffix before the work
  refuse_to_replace(arguments.out, arguments.overwrite);
  const DataSetPlace place = data_set_of(arguments.set, "val", ImagesNeeded::kNo);
  const DatasetStats stats = dataset_stats(read_data_set(place), place.name);
  if (!arguments.out.empty()) {
    const PageWidth width = arguments.width == "column" ? PageWidth::kColumn : PageWidth::kDouble;
    draw_dataset_stats_figure(stats, width, arguments.out, figure_record(""));
  }
  if (arguments.json) {
    std::cout << dataset_stats_json(stats) << "\n";
  } else if (!arguments.quiet) {
    std::cout << dataset_stats_text(stats);
    if (!arguments.out.empty()) std::cout << "wrote " << arguments.out << "\n";
  }
}

}  // namespace

void add_data_stats(CLI::App& data) {
  CLI::App* stats = data.add_subcommand("stats", "Count classes, sizes and shapes of a data set.");
  const auto arguments = std::make_shared<StatsArguments>();
  add_data_set_options(*stats, arguments->set);
  CLI::Option* out = stats->add_option("--out", arguments->out, "also a figure: .png, .svg or .pdf")
                         ->type_name("FILE");
  stats
      ->add_option("--width", arguments->width, "of the figure: column or double (default: double)")
      ->check(CLI::IsMember({"column", "double"}))
      ->needs(out)
      ->type_name("NAME");
  stats->add_flag("--json", arguments->json, "print the numbers as JSON");
  stats->add_flag("--overwrite", arguments->overwrite, "replace the figure where it exists")
      ->needs(out);
  stats->add_flag("--quiet", arguments->quiet, "no text");
  stats->footer(
      "Reads the annotation file alone; --images is not needed.\n"
      "Example: saccade data stats --annotations street/val.json --out stats.png\n"
      "See also: saccade data show, saccade data check");
  stats->callback([arguments] { run_stats(*arguments); });
}

}  // namespace saccade
