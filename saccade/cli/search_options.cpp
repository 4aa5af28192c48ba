// What the user asked of `saccade search`.
#include "saccade/cli/search_options.h"

#include "saccade/core/error.h"

namespace saccade {
namespace {

void add_candidates(CLI::App& command, SearchOptions& o) {
  command
      .add_option("--unit", o.unit_kinds,
                  "kinds of units to try, as sweep has them; may be given again (default: "
                  "dec.cross.head and dec.cross.level, or only what is proposed)")
      ->check(CLI::IsMember(unit_kinds()))
      ->type_name("KIND");
  add_manner_options(command, o.manner);
  command.add_option("--propose", o.proposed, "try this intervention too; may be given again")
      ->type_name("TEXT");
  command
      .add_option("--lock", o.locked,
                  "part of every combination, not of the baseline; may be given again")
      ->type_name("TEXT");
  command
      .add_option(
          "--forbid", o.forbidden,
          "leave out the candidates that this pattern fits, such as 'dec.0.*'; may be given "
          "again")
      ->type_name("PATTERN");
}

void add_choosing(CLI::App& command, SearchOptions& o) {
  command
      .add_option(
          "--objective", o.objective,
          "AP, AP50, AP75, APs, APm, APl, class:NAME, class50:NAME, or tide:Cls, Loc, Both, "
          "Dupe, Bkg or Miss (default: AP)")
      ->type_name("NAME");
  command
      .add_option("--choose_images", o.choose.images,
                  "folder of the images to choose on (default: a random half of the data set; the "
                  "other half is reported on)")
      ->type_name("DIR");
  command.add_option("--choose_annotations", o.choose.annotations, "their COCO annotation file")
      ->type_name("FILE");
  command
      .add_option("--shortlist", o.search.shortlist,
                  "best single candidates that are combined (default: 8)")
      ->check(CLI::Range(1, 1000))
      ->type_name("N");
  command.add_option("--most", o.search.most, "candidates in a combination (default: 4)")
      ->check(CLI::Range(1, 100))
      ->type_name("N");
}

}  // namespace

void add_search(CLI::App& app, SearchOptions& o) {
  CLI::App* command = app.add_subcommand("search",
                                         "Find the interventions that help an objective most: "
                                         "chosen on some images, reported on others.");
  add_candidates(*command, o);
  add_choosing(*command, o);
  add_study_options(*command, o.study);
  command->footer(
      "Example: saccade search --objective APs --images street/val --annotations street/val.json "
      "--out small\n"
      "         saccade search --objective class:person --unit dec.cross.head --forbid 'dec.5.*' "
      "--coco_path coco --out person\n"
      "Writes search.md, search.json and, where something helped, intervention.json for -x.\n"
      "See also: saccade sweep");
}

void check_search_options(const SearchOptions& o) {
  if (o.choose.images.empty() != o.choose.annotations.empty())
    throw UsageError("--choose_images and --choose_annotations go together");
}

}  // namespace saccade
