// A photograph under marks: cut out, enlarged, toned down.
#pragma once

#include "saccade/core/boxes.h"
#include "saccade/image/image.h"

namespace saccade {

// out = (grey + saturation * (pixel - grey)) * brightness + offset, grey = luma of the pixel.
struct PhotoTreatment {
  double saturation = 1;
  double brightness = 1;
  double offset = 0;  // in steps of 1/255
};

inline constexpr PhotoTreatment kPhotoAsIs{};
inline constexpr PhotoTreatment kPhotoUnderPoints{0.45};
inline constexpr PhotoTreatment kPhotoUnderEncoderPoints{0.4};
inline constexpr PhotoTreatment kPhotoUnderReferences{0.3};
inline constexpr PhotoTreatment kPhotoUnderChanges{0.5};
inline constexpr PhotoTreatment kPhotoUnderHeat{0, 0.5, 22};
inline constexpr PhotoTreatment kPhotoUnderGrid{0.1, 0.6, 90};

// The crop (pixels, may have fractions; what reaches beyond the photo repeats its edge) as
// width x height pixels: bicubic (a = -0.5), antialiased where it shrinks.
// Throws Error when the photo or the result is empty.
Image crop_photo(const Image& photo, const BoxXyxy& crop, int width, int height);

void treat_photo(Image& photo, const PhotoTreatment& treatment);

// Median luma of the pixels, 0 to 255.
double median_luma(const Image& photo);

// For marks on a dark photo (median luma under 60): the factor that lifts the median to 60, at
// most 8; 1 for every other photo.
double brightening_gain(const Image& photo);

}  // namespace saccade
