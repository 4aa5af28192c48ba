// What the user asked of `saccade train`.
#include "saccade/cli/augmentation_options.h"
#include "saccade/cli/train_options.h"

#include <string_view>

#include "saccade/cli/model_options.h"
#include "saccade/core/error.h"

namespace saccade {
namespace {

// The defaults depend on the family, and CLI11 shows and fills defaults before it parses.
ModelFamily family_of(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word(argv[i]);
    if (word == "--model=detr") return ModelFamily::kDetr;
    if (word == "--model" && i + 1 < argc && std::string_view(argv[i + 1]) == "detr")
      return ModelFamily::kDetr;
  }
  return ModelFamily::kDeformableDetr;
}

template <typename T>
CLI::Option* number(CLI::App& command, const char* name, T& value, const char* what) {
  return command.add_option(name, value, what)
      ->capture_default_str()
      ->type_name(std::is_floating_point_v<T> ? "X" : "N");
}

void add_data(CLI::App& command, TrainOptions& o) {
  add_data_set_options(command, o.set);
  command.get_option("--split")->description("train or val of --coco_path (default: train)");
  command.get_option("--coco_path")
      ->description(
          "folder with train2017/, val2017/ and annotations/instances_{train,val}2017.json "
          "(default: "
          "./data/coco)");
  command.add_option("--val_images", o.val_images, "folder of the images to evaluate on")
      ->type_name("DIR");
  command.add_option("--val_annotations", o.val_annotations, "annotation file of those")
      ->type_name("FILE");
  command
      .add_option_function<std::string>(
          "--dataset_file",
          [](const std::string& name) {
            if (name == "coco") return;
            throw UsageError(text_of("--dataset_file ", name,
                                     ": expected coco; panoptic sets are not read, give one with "
                                     "boxes as --coco_path"));
          },
          "coco: the only kind there is")
      ->type_name("NAME");
  TrainConfig& c = o.config;
  number(command, "--num_workers", c.num_workers, "threads that load ahead")
      ->check(CLI::Range(0, 256));
  command.add_flag("--skip-broken", o.skip_broken,
                   "leave out images and records that are broken, and say how many");
  command.add_flag("--cache_mode", c.cache_mode, "keep the encoded images in memory");
  command.add_flag_callback(
      "--no_augment", [&c] { c.augment = false; }, "one resize, nothing drawn at random");
  add_augmentation_options(command, c.augmentation);
  command
      .add_option("--overfit", c.overfit,
                  "check of the set-up: learn N images by heart, to AP50 0.95; exit 1 where it "
                  "stays below 0.9")
      ->check(CLI::Range(1, 10'000))
      ->type_name("N");
}

void add_architecture(CLI::App& command, TrainOptions& o) {
  ModelConfig& m = o.config.model;
  command.add_option("--model", o.model_family, "deformable or detr (default: deformable)")
      ->check(CLI::IsMember({"deformable", "detr"}))
      ->type_name("NAME");
  command.add_option("--backbone", m.backbone, "resnet18, 34, 50 or 101")
      ->capture_default_str()
      ->check(CLI::IsMember({"resnet18", "resnet34", "resnet50", "resnet101"}))
      ->type_name("NAME");
  command
      .add_option_function<std::string>(
          "--norm",
          [&m](const std::string& norm) {
            m.norm = norm == "batch"   ? BackboneNorm::kBatch
                     : norm == "group" ? BackboneNorm::kGroup
                                       : BackboneNorm::kFrozen;
          },
          "of the backbone: frozen, or batch or group, which train all of it (default: frozen)")
      ->check(CLI::IsMember({"frozen", "batch", "group"}))
      ->type_name("NAME");
  command.add_flag("--dilation", m.dilation, "DC5: the last stage keeps its resolution");
  command.add_option("--position_embedding", m.position_embedding, "sine or learned")
      ->capture_default_str()
      ->check(CLI::IsMember({"sine", "learned"}))
      ->type_name("NAME");
  number(command, "--num_feature_levels", m.num_feature_levels, "levels of the feature pyramid");
  number(command, "--enc_layers", m.enc_layers, "encoder layers");
  number(command, "--dec_layers", m.dec_layers, "decoder layers");
  number(command, "--dim_feedforward", m.dim_feedforward, "width of the feed-forward layers");
  number(command, "--hidden_dim", m.hidden_dim, "width of the tokens");
  number(command, "--dropout", m.dropout, "of the transformer");
  number(command, "--nheads", m.nheads, "attention heads");
  number(command, "--num_queries", m.num_queries, "object queries");
  number(command, "--dec_n_points", m.dec_n_points, "points per level and head of the decoder");
  number(command, "--enc_n_points", m.enc_n_points, "points per level and head of the encoder");
  command.add_flag("--with_box_refine", m.with_box_refine, "iterative box refinement");
  command.add_flag("--two_stage", m.two_stage, "queries from the encoder's proposals");
  command.add_flag("--pre_norm", m.pre_norm, "plain DETR: norms before the layers");
}

void add_optimisation(CLI::App& command, TrainConfig& c) {
  number(command, "--lr", c.lr, "learning rate");
  number(command, "--lr_backbone", c.lr_backbone, "of the backbone; 0 freezes it");
  command.add_option("--lr_backbone_names", c.lr_backbone_names, "parts of the backbone's names")
      ->capture_default_str();
  command.add_option("--lr_linear_proj_names", c.lr_linear_proj_names, "names that learn slowly")
      ->capture_default_str();
  number(command, "--lr_linear_proj_mult", c.lr_linear_proj_mult, "factor on --lr of those");
  number(command, "--batch_size", c.batch_size, "images per process and forward pass");
  number(command, "--accumulate", c.accumulate, "forward passes per optimizer step");
  number(command, "--weight_decay", c.weight_decay, "decoupled, of every tensor");
  number(command, "--epochs", c.epochs, "passes over the training set");
  command.add_option("--steps", c.steps, "end after N optimizer steps")
      ->check(CLI::Range(1, 1 << 30))
      ->type_name("N");
  command.add_option("--lr_schedule", c.lr_schedule, "step or cosine")
      ->capture_default_str()
      ->check(CLI::IsMember({"step", "cosine"}))
      ->type_name("NAME");
  number(command, "--lr_drop", c.lr_drop, "epochs between drops of the rate to a tenth");
  number(command, "--warmup_steps", c.warmup_steps, "steps until the full rate");
  number(command, "--clip_max_norm", c.clip_max_norm, "largest norm of the gradient; 0: any");
  command.add_flag("--sgd", c.sgd, "SGD with momentum instead of AdamW");
  number(command, "--ema", c.ema, "also keep averaged weights with this decay, evaluate them");
  add_precision_option(command, c.precision);
  command.add_flag("--activation_checkpointing", c.activation_checkpointing,
                   "compute encoder and decoder layers twice: less memory, a third more time");
  number(command, "--seed", c.seed, "of weights, order, augmentation and dropout")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 53));
}

void add_losses(CLI::App& command, TrainConfig& c) {
  number(command, "--set_cost_class", c.set_cost_class, "matcher: weight of the class");
  number(command, "--set_cost_bbox", c.set_cost_bbox, "matcher: weight of the L1 distance");
  number(command, "--set_cost_giou", c.set_cost_giou, "matcher: weight of the GIoU");
  number(command, "--cls_loss_coef", c.cls_loss_coef, "weight of the class loss");
  number(command, "--bbox_loss_coef", c.bbox_loss_coef, "weight of the L1 loss");
  number(command, "--giou_loss_coef", c.giou_loss_coef, "weight of the GIoU loss");
  number(command, "--focal_alpha", c.focal_alpha, "Deformable DETR: alpha of the focal loss");
  number(command, "--eos_coef", c.eos_coef, "plain DETR: weight of 'no object'");
  command.add_flag_callback(
      "--no_aux_loss", [&c] { c.aux_loss = false; }, "no losses of the earlier decoder layers");
}

void add_run(CLI::App& command, TrainOptions& o) {
  add_model_options(command, o.model);
  command.get_option("--weights")
      ->description(
          "fine-tune this .pth or .safetensors file, or torchvision's file of the backbone "
          "(default: "
          "from nothing)");
  command
      .add_option("--resume", o.resume,
                  "go on from this checkpoint exactly, with its options unless given; auto: from "
                  "checkpoint.pth of --output_dir if it is there")
      ->type_name("FILE");
  number(command, "--start_epoch", o.start_epoch, "first epoch; --resume overrides it")
      ->check(CLI::Range(0, 1 << 20));
  command.add_flag("--eval", o.eval, "evaluate and end");
  add_intervention_option(command, o.model);
  command.get_option("--intervene")
      ->description(
          "with --eval: change the attention, such as 'dec.3.cross.head5=off'; repeatable "
          "(docs/interventions.md)");
  number(command, "--eval_every", o.config.eval_every, "epochs between evaluations");
  command
      .add_option("--save_steps", o.config.save_steps,
                  "also save a checkpoint every N optimizer steps")
      ->check(CLI::Range(1, 1 << 30))
      ->type_name("N");
  command.add_option("--output_dir", o.output_dir, "folder for log, checkpoints and evaluations")
      ->type_name("DIR");
  command.add_flag("--overwrite", o.overwrite,
                   "start anew in an --output_dir that holds a checkpoint");
  command.add_flag("--deterministic", o.deterministic,
                   "the same bits on every run on a GPU too, where that is slower");
  command.add_flag("--quiet", o.quiet, "no progress, no notes");
}

// Options of the original that this program does not follow, each with the reason.
void add_refused(CLI::App& command) {
  const auto refuse = [&](const char* name, const char* why) {
    command
        .add_option_function<std::string>(
            name, [=](const std::string&) { throw UsageError(text_of(name, ": ", why)); })
        ->expected(0, 100)
        ->group("");
  };
  refuse("--masks", "masks are not trained; boxes alone are");
  refuse("--mask_loss_coef", "masks are not trained; boxes alone are");
  refuse("--dice_loss_coef", "masks are not trained; boxes alone are");
  refuse("--frozen_weights", "it belongs to training masks, which this program does not do");
  refuse("--coco_panoptic_path", "panoptic sets are not read; give one with boxes as --coco_path");
  refuse("--lr_drop_epochs", "the original reads but never uses it; --lr_drop sets the schedule");
  refuse("--position_embedding_scale", "the original reads but never uses it; the scale is 2 pi");
  refuse("--remove_difficult", "the original reads but never uses it");
  refuse("--world_size", "torchrun, srun or saccade launch tell it in the environment");
  refuse("--dist_url", "torchrun, srun or saccade launch tell it in the environment");
}

void add_train_command(CLI::App& app, TrainOptions& o) {
  CLI::App* command = app.add_subcommand("train", "Train, fine-tune or resume a detector.");
  add_data(*command, o);
  add_architecture(*command, o);
  add_optimisation(*command, o.config);
  add_losses(*command, o.config);
  add_run(*command, o);
  add_refused(*command);
  // As argparse: a script's option may be given again behind it.
  for (CLI::Option* option : command->get_options()) {
    if (option->get_expected_max() <= 1)
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
  command->footer(
      "Example: saccade train --coco_path coco --output_dir exps/r50 --weights r50.pth\n"
      "         saccade train --coco_path street --backbone resnet18 --norm batch --size "
      "320,1333,32\n"
      "         saccade train --coco_path coco --output_dir exps/r50 --resume auto\n"
      "Several processes share the work where torchrun, srun or saccade launch start them.\n"
      "See also: saccade data show --augmented, saccade eval, saccade launch");
}

}  // namespace

void add_train(CLI::App& app, TrainOptions& o, int argc, char** argv) {
  o.config = TrainConfig::defaults(family_of(argc, argv));
  add_train_command(app, o);
}

TrainOptions with_defaults(const TrainOptions& options, const TrainConfig& defaults) {
  CLI::App app;
  TrainOptions again;
  again.config = defaults;
  again.words = options.words;
  add_train_command(app, again);
  std::vector<std::string> words = options.words;
  app.parse(std::move(words));
  return again;
}

void settle_data_set(TrainOptions& o) {
  const DataSetOptions& set = o.set;
  if (set.coco_path.empty() && set.images.empty() && set.annotations.empty() &&
      o.val_annotations.empty())
    o.set.coco_path = "./data/coco";
}

void check_train_options(const TrainOptions& o) {
  if (o.resume.rfind("http://", 0) == 0 || o.resume.rfind("https://", 0) == 0) {
    throw UsageError(text_of("--resume ", o.resume,
                             ": nothing is downloaded; fetch the file and give its path"));
  }
  if (!o.resume.empty() && o.resume != "auto" && !o.model.weights.empty())
    throw UsageError("--resume excludes --weights: a checkpoint brings its weights along");
  if (o.resume == "auto" && o.output_dir.empty())
    throw UsageError("--resume auto wants --output_dir DIR, where the checkpoint lies");
  if (o.config.overfit > 0 && !o.val_annotations.empty())
    throw UsageError("--overfit evaluates on the images it trains on; leave out --val_annotations");
  if (o.eval && o.resume.empty() && o.model.weights.empty())
    throw UsageError("--eval wants --resume FILE or --weights FILE: what is to be evaluated?");
  if (!o.eval && !o.model.interventions.empty())
    throw UsageError("-x changes what is evaluated: it wants --eval");
  if (o.val_images.empty() != o.val_annotations.empty())
    throw UsageError("--val_images and --val_annotations go together");
}

}  // namespace saccade
