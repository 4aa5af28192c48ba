// A note where a picture of attention shows mostly what all queries share.
#include "saccade/cli/template_note.h"

#include <cmath>
#include <cstdio>

#include "saccade/core/error.h"

namespace saccade {
namespace {

// "12 %", "0.3 %", "under 0.1 %".
std::string percent(double share) {
  if (share > 0 && share < 0.0005) return "under 0.1 %";
  char text[32];
  std::snprintf(text, sizeof text, share < 0.01 ? "%.1f %%" : "%.0f %%", 100 * share);
  return text;
}

// Offsets that are all 0 do not vary: then the sentence is of the weights alone.
std::string own_parts(const QuerySpecific& part) {
  const std::string weights = percent(part.weights) + " of the weights'";
  return std::isnan(part.offsets) ? weights
                                  : weights + " and " + percent(part.offsets) + " of the offsets'";
}

}  // namespace

std::string template_note(const ExplainedImage& e, const std::string& remedy) {
  if (e.plain()) return "";
  const char* const of = e.encoder() ? "tokens'" : "queries'";
  std::string layers;
  for (const int layer : e.choice.layers) {
    const QuerySpecific& part = e.points(layer).query_specific;
    if (!part.is_mostly_template()) continue;
    layers += text_of(layers.empty() ? "" : "; ", e.encoder() ? "enc." : "dec.", layer, ": ",
                      own_parts(part), " variation is the ", of, " own");
  }
  if (layers.empty()) return "";
  const std::string rest =
      e.encoder() ? "a pattern that all tokens of the image share"
                  : "a pattern that all queries of the image share, stretched to the box";
  return layers + "; the picture shows mostly " + rest + ": " + remedy + " draws what differs";
}

}  // namespace saccade
