// The units of attention that a study switches off in turn.
#include "saccade/study/unit_grid.h"

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/core/joined.h"
#include "saccade/explain/patch_source.h"

namespace saccade {
namespace {

constexpr long kQueriesInARow = 20;

// A kind in words and in numbers.
struct Kind {
  const char* name;
  const char* unit;    // "head"
  const char* module;  // address of the layers' part: "dec.", then the layer, then ".cross"
  const char* branch;
  const char* words;  // of the module
};

constexpr Kind kKinds[] = {
    {"dec.cross.head", "head", "dec.", ".cross", "decoder cross-attention"},
    {"dec.cross.level", "level", "dec.", ".cross", "decoder cross-attention"},
    {"dec.cross.point", "point", "dec.", ".cross", "decoder cross-attention"},
    {"dec.cross.layer", "layer", "dec.", ".cross", "decoder cross-attention"},
    {"dec.self.head", "head", "dec.", ".self", "decoder self-attention"},
    {"enc.head", "head", "enc.", ".self", "encoder self-attention"},
    {"enc.level", "level", "enc.", ".self", "encoder self-attention"},
    {"enc.point", "point", "enc.", ".self", "encoder self-attention"},
    {"query", "query", "", "", "decoder"},
};

const Kind& kind_of(const std::string& name) {
  const auto* const kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                        [&](const Kind& k) { return name == k.name; });
  if (kind == std::end(kKinds))
    throw UsageError(
        text_of("'", name, "' is no kind of unit; there are ", joined(unit_kinds(), ", ")));
  return *kind;
}

std::string head_words(const UnitChoice& choice) {
  if (choice.mode == "resample") return "taken from another image";
  if (choice.means_file.empty()) return choice.mode;
  return "mean of a data set";
}

class GridMaker {
 public:
  GridMaker(const UnitChoice& choice, const InterventionLimits& limits)
      : limits_(limits), kind_(kind_of(choice.kind)), unit_(kind_.unit) {
    grid_.choice = choice;
    const bool is_encoder = std::string(kind_.module) == "enc.";
    layers_ = is_encoder ? limits.enc_layers : limits.dec_layers;
    points_ = is_encoder ? limits.enc_points : limits.dec_points;
  }

  UnitGrid make() {
    if ((unit_ == "level" || unit_ == "point") && !limits_.is_deformable)
      throw UsageError(text_of("this model is a plain DETR: its attention is dense and has no ",
                               unit_, "s; sweep heads, such as dec.cross.head"));
    if (grid_.choice.as_template) {
      of_template();
      return std::move(grid_);
    }
    name_it();
    if (unit_ == "head") of_layers("heads", "h", limits_.heads);
    if (unit_ == "level") of_layers("levels", "L", limits_.levels);
    if (unit_ == "layer") of_layers("", "", 1);
    if (unit_ == "point") of_points();
    if (unit_ == "query") of_queries();
    if (grid_.units.empty())
      throw UsageError(text_of("this model has no unit of the kind ", kind_.name));
    return std::move(grid_);
  }

 private:
  void name_it() {
    grid_.title = "Effect of one " + unit_ + " switched off";
    std::string words;
    if (unit_ == "head") {
      grid_.manner = head_manner(grid_.choice);
      words = head_words(grid_.choice);
    } else if (unit_ == "level" || unit_ == "point") {
      grid_.manner = grid_.choice.renormalise ? "renorm" : "drop";
      words = grid_.choice.renormalise ? "renormalised" : "not renormalised";
    }
    grid_.meaning = text_of("one ", kind_.words, " ", unit_, " is switched off",
                            words.empty() ? "" : " (" + words + ")");
    if (unit_ == "query")
      grid_.meaning =
          "one object query is switched off (no other attends to it, it detects nothing)";
  }

  std::string layer_name(int layer) const { return kind_.module + std::to_string(layer); }

  void add(int row, int column, const std::string& address) {
    const std::string text =
        address + (grid_.manner.empty() ? "=off" : "=off(" + grid_.manner + ")");
    grid_.units.push_back({text, row, column});
  }

  // One row a layer; without a letter the layer itself is the unit.
  void of_layers(const char* word, const std::string& letter, int count) {
    grid_.row_word = "layers";
    grid_.column_word = word;
    for (int c = 0; c < count; ++c)
      grid_.columns.push_back(letter.empty() ? std::string(kind_.branch).substr(1)
                                             : letter + std::to_string(c));
    for (int row = 0; row < layers_; ++row) {
      grid_.rows.push_back(layer_name(row));
      for (int c = 0; c < count; ++c) {
        std::string address = layer_name(row) + kind_.branch;
        if (!letter.empty()) address += "." + unit_ + std::to_string(c);
        add(row, c, address);
      }
    }
  }

  // Rows of weights and, where attention samples, rows of offsets: a layer each and all together; columns of heads.
  void of_template() {
    const bool has_offsets = limits_.is_deformable && std::string(kind_.name) != "dec.self.head";
    const bool of_heads = unit_ == "head" && limits_.heads > 1;
    grid_.title = "Template instead of attention";
    grid_.manner = "template";
    grid_.meaning = text_of(has_offsets ? "the weights, or the offsets," : "the weights", " of ",
                            kind_.words, of_heads ? " heads" : " layers",
                            " are replaced by their mean over the image's queries");
    grid_.row_word = "layers ('all': all of them at once)";
    if (of_heads) grid_.column_word = "heads ('all': the whole layer)";
    for (int head = 0; of_heads && head < limits_.heads; ++head)
      grid_.columns.push_back("h" + std::to_string(head));
    grid_.columns.emplace_back("all");
    add_template_rows("weights");
    if (has_offsets) add_template_rows("offset");
  }

  void add_template_rows(const std::string& part) {
    const auto add_row = [&](const std::string& name, const std::string& layer, bool is_all) {
      const int row = static_cast<int>(grid_.rows.size());
      const int heads = static_cast<int>(grid_.columns.size()) - 1;
      grid_.rows.push_back(name + (part == "offset" ? " offsets" : " weights"));
      for (int column = 0; column <= heads; ++column) {
        const std::string head = column < heads ? text_of(".head", column) : "";
        grid_.units.push_back({text_of(layer, kind_.branch, head, ".", part, "=mean"), row, column,
                               is_all && column == heads});
      }
    };
    for (int layer = 0; layer < layers_; ++layer)
      add_row(layer_name(layer), layer_name(layer), false);
    if (layers_ > 1) add_row("all", text_of(kind_.module, "*"), true);
  }

  // A row for each head of each layer, a column for each point of each level.
  void of_points() {
    grid_.row_word = "heads of layers";
    grid_.column_word = "points of levels";
    for (int level = 0; level < limits_.levels; ++level)
      for (int point = 0; point < points_; ++point)
        grid_.columns.push_back(text_of("L", level, " p", point));
    for (int layer = 0; layer < layers_; ++layer)
      for (int head = 0; head < limits_.heads; ++head) {
        const int row = static_cast<int>(grid_.rows.size());
        grid_.rows.push_back(text_of(layer_name(layer), " h", head));
        for (int c = 0; c < limits_.levels * points_; ++c)
          add(row, c,
              text_of(layer_name(layer), kind_.branch, ".head", head, ".level", c / points_,
                      ".point", c % points_));
      }
  }

  void of_queries() {
    grid_.row_word = "queries, " + std::to_string(kQueriesInARow) + " to a row";
    for (long c = 0; c < std::min(kQueriesInARow, limits_.queries); ++c)
      grid_.columns.push_back("+" + std::to_string(c));
    for (long q = 0; q < limits_.queries; ++q) {
      const long row = q / kQueriesInARow;
      if (q % kQueriesInARow == 0) grid_.rows.push_back("q" + std::to_string(q));
      add(static_cast<int>(row), static_cast<int>(q % kQueriesInARow), text_of("query[", q, "]"));
    }
  }

  const InterventionLimits& limits_;
  const Kind& kind_;
  const std::string unit_;
  int layers_ = 0, points_ = 0;
  UnitGrid grid_;
};

}  // namespace

const std::vector<std::string>& unit_kinds() {
  static const std::vector<std::string> kinds = [] {
    std::vector<std::string> all;
    for (const Kind& kind : kKinds) all.emplace_back(kind.name);
    return all;
  }();
  return kinds;
}

bool has_mode(const std::string& kind) { return std::string(kind_of(kind).unit) == "head"; }

bool has_renormalise(const std::string& kind) {
  const std::string unit = kind_of(kind).unit;
  return unit == "level" || unit == "point";
}

bool has_template(const std::string& kind) {
  const std::string unit = kind_of(kind).unit;
  return unit == "head" || unit == "layer";
}

std::string head_manner(const UnitChoice& choice) {
  if (choice.mode == "zero") return "zero";
  if (choice.mode == "mean")
    return choice.means_file.empty() ? "mean" : "mean," + source_text(choice.means_file);
  if (choice.mode == "resample")
    return choice.seed == 0 ? "resample" : text_of("resample,", choice.seed);
  throw UsageError(
      text_of("'", choice.mode, "' is no way to switch a head off; zero, mean or resample"));
}

UnitGrid unit_grid(const UnitChoice& choice, const InterventionLimits& limits) {
  return GridMaker(choice, limits).make();
}

}  // namespace saccade
