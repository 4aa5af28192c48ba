// What the user asked of `saccade faith`.
#include "saccade/cli/faith_options.h"

namespace saccade {
namespace {

void add_measured(CLI::App& command, FaithCommandOptions& o) {
  command
      .add_option("--method", o.methods,
                  "a method whose maps are measured, again and again for several (default: all of "
                  "them but drise)")
      ->allow_extra_args(false)
      ->type_name("NAME");
  command
      .add_option("--detections", o.detections,
                  "detections, drawn at random from those of --threshold (default: 20)")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  command
      .add_option(
          "--steps", o.steps,
          "steps at which hiding is measured within the area of a detection's box (default: "
          "2; ODAM's: 10)")
      ->check(CLI::Range(1, 100))
      ->type_name("N");
  command
      .add_option("--far-steps", o.far_steps,
                  "steps between the area of the box and the whole image, 0: curves end at the box "
                  "(default: 0)")
      ->check(CLI::Range(0, 100))
      ->type_name("N");
  command
      .add_option("--point-steps", o.point_steps,
                  "steps at which sampling points are taken away (default: 5)")
      ->check(CLI::Range(1, 1000))
      ->type_name("N");
  command
      .add_option("--batch_size", o.batch_size, "changed images that are run together (default: 4)")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
}

void add_judged(CLI::App& command, FaithCommandOptions& o) {
  command
      .add_option("--sanity", o.sanity,
                  "detections whose maps are made again with weights drawn anew, 0: none (default: "
                  "2)")
      ->check(CLI::Range(0, 1'000'000))
      ->type_name("N");
  command.add_flag("--sanity-layers", o.sanity_layers,
                   "draw each layer's weights anew, not all layers of decoder and encoder at once");
  command
      .add_option("--least-edge", o.least_edge,
                  "a smaller difference to random is no edge, however sure (default: 0.05)")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("D");
}

}  // namespace

void add_faith(CLI::App& app, FaithCommandOptions& o) {
  CLI::App* command = app.add_subcommand(
      "faith",
      "Which maps deserve trust: hide what they mark, and see what is left of detections.");
  add_measured(*command, o);
  add_judged(*command, o);
  add_study_options(*command, o.study);
  command->remove_option(command->get_option("--num_workers"));  // an image is measured for seconds
  command->get_option("--threshold")
      ->description("least score of a detection that maps are made for (default: 0.5)");
  command->get_option("--bootstrap")
      ->description(
          "resamples behind every interval (default: 1000 to 10000, as many as let one difference "
          "of "
          "all become significant)");
  command->get_option("--seed")->description(
      "of everything that is drawn at random: --subset, detections, noise, orders, weights, the "
      "bootstrap (default: 0)");
  command->footer(
      "Example: saccade faith --images street/val --annotations street/val.json --out trust\n"
      "         saccade faith --method relevance --method odam --steps 10 --coco_path coco "
      "--subset "
      "100 --out trust\n"
      "Writes faith.json, faith.csv and faith.png. Several processes share the work where torchrun "
      "or srun start them.\n"
      "See also: saccade explain, for the maps themselves");
}

}  // namespace saccade
