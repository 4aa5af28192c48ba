// What `saccade faith` has found out about maps, for those who look at one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "saccade/study/faith_report.h"

namespace saccade {

struct MapTrust {
  std::filesystem::path file;
  std::string set, weights_sha256;
  std::vector<std::string> interventions;  // that held while it was measured
  std::int64_t detections = 0;
  std::vector<FaithVerdict> verdicts;  // `none` is empty where a method has no edge at all
};

// Reads faith.json, or that of a folder that `faith --out` wrote. Throws Error.
MapTrust read_map_trust(const std::filesystem::path& path);

// Throws Error where it was measured of other weights.
void refuse_other_weights(const MapTrust& trust, const std::string& weights_sha256);
// "20 detections of instances".
std::string trust_subject(const MapTrust& trust);
// "Faithfulness on 20 detections of instances: edge in insertion; changes with the weights (0.31)." Throws Error where it
// was measured of other weights or with other interventions, or not of this method.
std::string trust_sentence(const MapTrust& trust, const std::string& method,
                           const std::string& weights_sha256,
                           const std::vector<std::string>& interventions);

}  // namespace saccade
