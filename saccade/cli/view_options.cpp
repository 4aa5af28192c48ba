// What the user asked of `saccade view`.
#include "saccade/cli/view_options.h"

#include "saccade/cli/model_options.h"
#include "saccade/core/error.h"

namespace saccade {
namespace {

void add_server(CLI::App& command, ViewOptions& o) {
  command
      .add_option("--host", o.host,
                  "address to listen on; others than this machine's own need the token that is "
                  "printed (default: 127.0.0.1)")
      ->type_name("ADDRESS");
  command.add_option("--port", o.port, "0: any that is free (default: 8017)")
      ->check(CLI::Range(0, 65535))
      ->type_name("N");
  command.add_option("--token", o.token, "ask for this token instead of a random one")
      ->check([](const std::string& token) -> std::string {
        const bool is_plain =
            token.find_first_not_of(
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
            std::string::npos;
        return is_plain && token.size() >= 16 && token.size() <= 256
                   ? ""
                   : "expected 16 to 256 letters, digits, _ or -";
      })
      ->type_name("TEXT");
  command
      .add_option("--memory", o.memory_mb,
                  "megabytes for images that are kept open (default: 2048)")
      ->check(CLI::Range(64, 1 << 20))
      ->type_name("MB");
  command
      .add_option("--web-root", o.web_root,
                  "take the page's files from this folder, to work on them (default: the program's "
                  "own)")
      ->type_name("DIR");
}

// What was made before, to be shown beside the images.
void add_studies(CLI::App& command, ViewOptions& o) {
  command.add_option("--sweep", o.sweeps, "folder of a sweep (saccade sweep --out); repeatable")
      ->allow_extra_args(false)
      ->type_name("DIR");
  command
      .add_option("--faith", o.faith,
                  "what saccade faith found of the maps of these weights, its --out")
      ->type_name("DIR");
  command.add_option("--runs", o.runs, "folder of training runs, each with its log.txt")
      ->type_name("DIR");
}

}  // namespace

void add_view(CLI::App& app, ViewOptions& o) {
  CLI::App* command = app.add_subcommand(
      "view", "Look, question and steer in the browser: a page served by this program.");
  add_model_options(*command, o.model);
  add_precision_option(*command, o.model.precision);
  add_intervention_option(*command, o.model);
  add_exif_option(*command, o.model);
  command->add_option("--weights-b", o.weights_b, "a second checkpoint, to compare with")
      ->type_name("FILE");
  command
      ->add_option("--coco_path", o.set.coco_path,
                   "folder with val2017/ and annotations/instances_val2017.json")
      ->type_name("ROOT");
  command->add_option("--split", o.set.split, "train or val of --coco_path (default: val)")
      ->check(CLI::IsMember({"train", "val"}))
      ->type_name("NAME");
  command
      ->add_option("--images", o.set.images,
                   "folder of images (default: the street images that ship with the program)")
      ->type_name("DIR");
  command->add_option("--annotations", o.set.annotations, "their COCO annotation file")
      ->type_name("FILE");
  add_studies(*command, o);
  add_server(*command, o);
  command->add_flag("--quiet", o.quiet, "print the address alone");
  command->final_callback([&o] {
    if (o.set.images.empty() && !o.set.annotations.empty())
      throw UsageError("--annotations wants --images DIR too, the folder of its images");
  });
  command->footer(
      "Example: saccade view --images street --weights r50.pth\n"
      "From another machine: ssh -L 8017:localhost:8017 HOST, then open the printed address here.\n"
      "See also: saccade explain, saccade sweep");
}

}  // namespace saccade
