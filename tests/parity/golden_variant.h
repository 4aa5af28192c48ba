// The models of the goldens: their configuration, from the args of a golden file, and their weights.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "saccade/image/preprocess.h"
#include "saccade/model/detector.h"
#include "tests/parity/weight_generator.h"

namespace saccade {

// state_dicts/<variant>.json of this folder, else of tests/goldens; an empty path where neither is.
std::filesystem::path state_dict_file(const std::filesystem::path& goldens,
                                      const std::string& variant);

// What official args (a JSON object) and the table's shapes say.
ModelConfig config_of_args(const std::string& args_json, const StateDictTable& table);

// Generated weights in every tensor; checks the checksums that the table has for this seed.
void load_generated(Detector& detector, const StateDictTable& table, std::uint64_t seed);

// The pixels image0_u8, image1_u8 ... of a golden file, normalised and padded to one batch.
ImageBatch images_of(const std::map<std::string, at::Tensor>& tensors);

}  // namespace saccade
