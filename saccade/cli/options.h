// What the user asked for, command by command. No tensors here: bin/saccade parses these itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace saccade {

// Options that every command with a model shares.
struct ModelOptions {
  std::string weights;             // file; empty: the demo model that ships with the program
  std::string device = "auto";     // auto, cpu, cuda or cuda:N
  std::string precision = "fp32";  // fp32, bf16 or fp16; `train` has its own
  int threads = 0;                 // 0: as many as the machine has cores
  std::string size;                // SHORT,MAX; empty: what the model was trained at
  bool no_exif = false;            // read pixels as stored
  std::vector<std::string> interventions;  // texts and files
};

struct DetectOptions {
  ModelOptions model;
  std::vector<std::string> images;  // files, folders, patterns
  std::string annotations;          // COCO file whose image ids the results carry
  std::string out;                  // picture, .json, or folder
  double threshold = 0.5;           // for pictures only
  bool before_after = false;        // pictures show the boxes without interventions too
  bool json = false;
  bool quiet = false;
  bool overwrite = false;
};

struct ExplainOptions {
  ModelOptions model;
  std::string weights_b;  // a second model, compared with the first; empty: none
  std::string image;
  int query = -1;
  int detection = 0;  // rank from 1; 0: not given
  std::string class_name;
  std::string at;  // X,Y in pixels of the original image
  int from_level = 0;
  std::string module = "decoder";
  std::string layer;  // list; empty: the last (grid: all)
  std::string head = "all";
  std::string level = "all";
  std::string point = "all";
  std::string kind = "points";
  std::string method;      // map: attribution method; empty: contribution
  std::string target;      // map: list of outputs; empty: class
  std::string faith;       // map: what `faith` wrote about such maps, file or folder
  int masks = 0;           // map by drise; 0: as AttributionOptions
  std::int64_t seed = -1;  // of its masks; -1: 0
  std::string preset;
  std::string color = "weight";  // weight, level or head
  std::string scale = "linear";  // linear or log
  double threshold = 0.2;        // references, drift: queries below it are only hinted at
  bool relative = false;
  std::string trace;
  std::string out = "explain.png";
  bool json = false;
  bool quiet = false;
  bool overwrite = false;
};

struct DoctorOptions {
  bool json = false;
};

// "0,3", "0-2" or "all" -> indices below `count`, each once, ascending. Throws UsageError that names
// the option.
std::vector<int> parse_index_list(const std::string& text, int count, const std::string& option);

// "X,Y" -> two numbers. Throws UsageError.
std::pair<double, double> parse_point(const std::string& text, const std::string& option);

}  // namespace saccade
