// What the two forms of `data show` share: arguments, data set, chosen images, results.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "saccade/cli/data_options.h"
#include "saccade/cli/image_choice.h"
#include "saccade/core/json_writer.h"
#include "saccade/data/augmentation.h"
#include "saccade/render/figure_file.h"
#include "saccade/render/truth_marks.h"

namespace saccade {

struct ShowArguments {
  DataSetOptions set;
  ImageChoiceOptions choice;
  int columns = 4;
  bool columns_given = false;
  std::string labels = "auto";
  bool augmented = false;
  int draws = 3;
  std::uint64_t epoch = 0;
  std::string size;  // SHORT,MAX; empty: 800,1333
  AugmentationChange change;
  std::string out = "data.png";
  bool out_given = false;
  bool json = false;
  bool quiet = false;
  bool overwrite = false;

  BoxLabels box_labels() const;
};

// One run of the command.
class ShowRun {
 public:
  // Reads the annotations and chooses images, `count` where nothing says how many; figures of
  // `per_figure` images each. Throws UsageError, also where a figure exists already, and Error.
  ShowRun(const ShowArguments& arguments, int count, std::size_t per_figure);

  const ShowArguments& arguments() const { return arguments_; }
  const DataSetPlace& place() const { return place_; }
  const CocoDataSet& data() const { return data_; }
  const ImageChoice& choice() const { return choice_; }
  bool draws_figures() const { return !arguments_.json || arguments_.out_given; }

  std::size_t figures() const;
  std::vector<int> images_of(std::size_t figure) const;
  // data.png, data-2.png, data-3.png.
  std::filesystem::path file_of(std::size_t figure) const;
  FigureRecord record() const;

  JsonWriter& json() { return json_; }
  // One line on stderr each; the run ends with exit code 1.
  void note_problems(const std::vector<std::string>& problems);
  void note_written(std::size_t figure) const;
  // Prints the JSON where it was asked for. Throws Error where images had problems.
  void finish();

 private:
  const ShowArguments& arguments_;
  DataSetPlace place_;
  CocoDataSet data_;
  ImageChoice choice_;
  std::size_t per_figure_;
  JsonWriter json_;
  std::size_t broken_ = 0;
};

}  // namespace saccade
