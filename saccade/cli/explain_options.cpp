// The options of `saccade explain`, and those of them that other commands share.
#include "saccade/cli/explain_options.h"

#include "saccade/cli/model_options.h"

namespace saccade {
namespace {

// Which query or token.
void add_subject_options(CLI::App& command, ExplainOptions& o) {
  add_query_options(command, o);
  command
      .add_option("--at", o.at,
                  "decoder: the detection under this pixel; encoder: the token under it")
      ->type_name("X,Y");
  command.add_option("--from-level", o.from_level, "encoder: level of the token (default: 0)")
      ->type_name("L");
}

// Which part of the attention.
void add_attention_options(CLI::App& command, ExplainOptions& o) {
  command.add_option("--module", o.module, "encoder or decoder (default: decoder)")
      ->check(CLI::IsMember({"encoder", "decoder"}))
      ->type_name("NAME");
  command
      .add_option("--layer", o.layer,
                  "such as 5, 0-2 or all (default: the last; grid, flow, map and points of the "
                  "encoder: all)")
      ->type_name("LIST");
  add_sample_options(command, o);
}

// What is drawn of it, and how.
void add_drawing_options(CLI::App& command, ExplainOptions& o) {
  command
      .add_option("--kind", o.kind,
                  "points, heat, grid, references, drift, self-attention, flow or map (default: "
                  "points)")
      ->check(CLI::IsMember(
          {"points", "heat", "grid", "references", "drift", "self-attention", "flow", "map"}))
      ->type_name("NAME");
  command
      .add_option("--preset", o.preset,
                  "a picture of the original scripts: enc-query, dec-query, references, queries, "
                  "query-drift or ref-to-box")
      ->check(CLI::IsMember(
          {"enc-query", "dec-query", "references", "queries", "query-drift", "ref-to-box"}))
      ->type_name("NAME");
  add_point_style_options(command, o);
  command
      .add_option("--threshold", o.threshold,
                  "references, drift: queries below this score are only hinted at (default: 0.2)")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("S");
}

// What a map says, and of what.
void add_map_options(CLI::App& command, ExplainOptions& o) {
  command
      .add_option("--method", o.method,
                  "map: weights, contribution, directed, gradient, relevance, odam or drise "
                  "(default: contribution)")
      ->type_name("NAME");
  command
      .add_option("--target", o.target,
                  "map: what of the detection it is about, class, x, y, w, h, x0, y0, x1, y1 or a "
                  "list (default: class)")
      ->type_name("LIST");
  command
      .add_option("--faith", o.faith,
                  "map: what saccade faith found of such maps, its --out; the caption says it")
      ->type_name("DIR");
  command.add_option("--masks", o.masks, "map by drise: random masks, from 2 (default: 1000)")
      ->check(CLI::Range(2, 1000000))
      ->type_name("N");
  command.add_option("--seed", o.seed, "map by drise: of its masks (default: 0)")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
}

// Where it goes.
void add_output_options(CLI::App& command, ExplainOptions& o) {
  command
      .add_option("--trace", o.trace, "also write points, weights and references as safetensors")
      ->type_name("FILE");
  command.add_option("--out", o.out, "figure: .png, .svg or .pdf (default: explain.png)")
      ->type_name("FILE");
  command.add_flag("--json", o.json, "print what was found on stdout as JSON");
  command.add_flag("--overwrite", o.overwrite, "replace files that exist");
  command.add_flag("--quiet", o.quiet, "no notes, no list of written files");
}

}  // namespace

void add_query_options(CLI::App& command, ExplainOptions& o) {
  command.add_option("--query", o.query, "decoder query, from 0 (default: the most confident)")
      ->check(CLI::Range(0, 99'999))
      ->type_name("N");
  command.add_option("--detection", o.detection, "the detection of this rank, from 1")
      ->check(CLI::Range(1, 100'000))
      ->type_name("RANK");
  command.add_option("--class", o.class_name, "the most confident detection of this class")
      ->type_name("NAME");
}

void add_sample_options(CLI::App& command, ExplainOptions& o) {
  command.add_option("--head", o.head, "heads, such as 0,3 (default: all)")->type_name("LIST");
  command.add_option("--level", o.level, "levels sampled, such as 0 (default: all)")
      ->type_name("LIST");
  command.add_option("--point", o.point, "points of each level (default: all)")->type_name("LIST");
}

void add_point_style_options(CLI::App& command, ExplainOptions& o) {
  command
      .add_option("--color", o.color, "points: colour by weight, level or head (default: weight)")
      ->check(CLI::IsMember({"weight", "level", "head"}))
      ->type_name("BY");
  command.add_option("--scale", o.scale, "colour scale, linear or log (default: linear)")
      ->check(CLI::IsMember({"linear", "log"}))
      ->type_name("NAME");
  command.add_flag("--relative", o.relative,
                   "points: weight minus the layer's mean pattern over the queries");
}

void add_explain(CLI::App& app, ExplainOptions& o) {
  CLI::App* command = app.add_subcommand(
      "explain", "Show where the detector looked: the sampling points behind one detection.");
  command->add_option("IMAGE", o.image, "JPEG or PNG file")->required();
  add_model_options(*command, o.model);
  command
      ->add_option("--weights-b", o.weights_b,
                   "a second model or checkpoint: the same object in both, in one figure")
      ->type_name("FILE");
  add_precision_option(*command, o.model.precision);
  add_intervention_option(*command, o.model);
  add_exif_option(*command, o.model);
  add_subject_options(*command, o);
  add_attention_options(*command, o);
  add_drawing_options(*command, o);
  add_map_options(*command, o);
  add_output_options(*command, o);
  command->footer(
      "Example: saccade explain street.jpg --class vehicle --layer all --kind grid\n"
      "         saccade explain street.jpg --kind map --method gradient --target class,x,y,w,h\n"
      "         saccade explain street.jpg --module encoder --at 320,218 --layer all\n"
      "         saccade explain street.jpg --weights run/checkpoint0004.pth --weights-b "
      "run/checkpoint.pth\n"
      "See also: saccade detect, follow (a sequence of frames)");
}

}  // namespace saccade
