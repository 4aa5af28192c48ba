// The images that a viewer may open.
#include "saccade/server/image_shelf.h"

#include <gtest/gtest.h>

namespace saccade {
namespace {

std::string picture(int number) { return "\xFF\xD8\xFF" + std::to_string(number); }

TEST(ImageShelf, TheSameBytesAreTheSameImage) {
  ImageShelf shelf({}, 1000);
  const std::string id = shelf.add("a", picture(1)).id;
  EXPECT_EQ(shelf.add("b", picture(1)).name, "a");
  EXPECT_NE(shelf.add("c", picture(2)).id, id);
  EXPECT_EQ(shelf.list().size(), 2U);
}

TEST(ImageShelf, UploadsBeyondTheLimitPushOutTheOldest) {
  ImageShelf shelf({}, 2 * picture(0).size());
  const std::string oldest = shelf.add("a", picture(1)).id;
  shelf.add("b", picture(2));
  const std::string newest = shelf.add("c", picture(3)).id;
  EXPECT_THROW(shelf.find(oldest), NoSuchImage);
  EXPECT_EQ(shelf.find(newest).name, "c");
  EXPECT_EQ(shelf.upload_bytes(), 2 * picture(0).size());
}

// However small they are.
TEST(ImageShelf, AThousandUploadsAreKept) {
  ImageShelf shelf({}, std::size_t{1} << 20);
  const std::string oldest = shelf.add("first", picture(0)).id;
  for (int i = 1; i <= 1000; ++i) shelf.add("more", picture(i));
  EXPECT_EQ(shelf.list().size(), 1000U);
  EXPECT_THROW(shelf.find(oldest), NoSuchImage);
}

// Ids are no paths and no other spelling of a number.
TEST(ImageShelf, OnlyIdsThatWereGivenAreFound) {
  const ImageShelf shelf({{.id = "i0", .name = "a.jpg", .path = "/a.jpg"}}, 1000);
  EXPECT_EQ(shelf.find("i0").name, "a.jpg");
  for (const char* id :
       {"", "i", "i1", "i-1", "i+0", "i0 ", "i18446744073709551616", "../a.jpg", "/a.jpg", "u"})
    EXPECT_THROW(shelf.find(id), NoSuchImage) << id;
}

}  // namespace
}  // namespace saccade
