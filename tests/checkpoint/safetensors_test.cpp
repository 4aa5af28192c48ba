// safetensors files.
#include "saccade/checkpoint/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "tests/support/tell_fault.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

class Safetensors : public testing::Test {
 protected:
  void TearDown() override { fs::remove(path_); }
  fs::path path_ =
      fs::path(testing::TempDir()) / ("saccade_" + std::to_string(::getpid()) + ".safetensors");

  // A [2, 3] float32 tensor that counts 0..5, seen through the given strides.
  static RawTensor counting(std::vector<std::int64_t> shape, std::vector<std::int64_t> strides) {
    auto numbers = std::make_shared<std::vector<float>>(std::vector<float>{0, 1, 2, 3, 4, 5});
    const std::span<const std::byte> bytes = std::as_bytes(std::span<const float>(*numbers));
    return {.shape = shape,
            .strides = strides,
            .storage = std::make_shared<Storage>(Storage{bytes, numbers})};
  }
};

TEST_F(Safetensors, ATransposedViewIsWrittenRowMajor) {
  write_safetensors(path_, {{"t", counting({3, 2}, {1, 3})}}, {{"note", "a\"b"}});
  const SafetensorsFile file = read_safetensors(path_);
  ASSERT_EQ(file.tensors.size(), 1u);
  EXPECT_EQ(file.metadata.at("note"), "a\"b");
  EXPECT_EQ(file.tensors[0].second.shape, (std::vector<std::int64_t>{3, 2}));
  float numbers[6];
  std::memcpy(numbers, contiguous_bytes(file.tensors[0].second).data(), sizeof(numbers));
  EXPECT_EQ(std::vector<float>(numbers, numbers + 6), (std::vector<float>{0, 3, 1, 4, 2, 5}));
}

TEST_F(Safetensors, EveryCutOffFileIsAnErrorThatNamesIt) {
  write_safetensors(path_, {{"t", counting({2, 3}, {3, 1})}}, {});
  const std::string bytes = read_file(path_);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    write_file(path_, std::string_view(bytes).substr(0, size));
    try {
      read_safetensors(path_);
      FAIL() << "no error at " << size << " bytes";
    } catch (const Error& error) {
      ASSERT_NE(std::string(error.what()).find(path_.string()), std::string::npos);
    }
  }
  tell_fault("safetensors cut off at every byte", std::ssize(bytes),
             "each an error that names the file");
}

TEST_F(Safetensors, SizesThatLieAreRefused) {
  for (const char* header :
       {R"({"t":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})",
        R"({"t":{"dtype":"F32","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}})",
        R"({"t":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})",
        R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})",
        R"({"t":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}})", R"({"t":[]})", R"([])",
        R"({"t":{"shape":[1]}})"}) {
    std::string bytes(8, '\0');
    const std::uint64_t size = std::strlen(header);
    std::memcpy(bytes.data(), &size, 8);
    write_file(path_, bytes + header + "abcd");
    EXPECT_THROW(read_safetensors(path_), Error) << header;
  }
}

}  // namespace
}  // namespace saccade
