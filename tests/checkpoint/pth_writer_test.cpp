// .pth files written by us and read back.
#include "saccade/checkpoint/pth_writer.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <set>
#include <sstream>

#include "saccade/checkpoint/pickle_builder.h"
#include "saccade/checkpoint/pickle_writer.h"
#include "saccade/checkpoint/pth_reader.h"
#include "saccade/checkpoint/unpickler.h"
#include "saccade/checkpoint/zip_archive.h"
#include "saccade/checkpoint/zip_writer.h"
#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "tests/support/tell_fault.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

std::span<const std::byte> span_of(const std::string& text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

RawTensor floats(std::vector<float> values) {
  auto kept = std::make_shared<std::vector<float>>(std::move(values));
  const auto bytes = std::as_bytes(std::span<const float>(*kept));
  return {.shape = {static_cast<std::int64_t>(kept->size())},
          .strides = {1},
          .storage = std::make_shared<Storage>(Storage{bytes, kept})};
}

PickleTree read_back(const PickleTree& tree) {
  const std::string pickle = pickle_of(tree).pickle;
  return unpickle(span_of(pickle), "test").tree;
}

class PthWriter : public testing::Test {
 protected:
  void TearDown() override { fs::remove(path_); }
  fs::path path_ = fs::path(testing::TempDir()) / ("writer_" + std::to_string(::getpid()) + ".pth");
};

// Written by hand after the pickle protocol: 2 ** 31 needs five bytes, because the fourth has the
// sign.
TEST(PickleWriter, AnIntegerBeyond32BitsIsALittleEndianLong) {
  PickleBuilder make;
  const NodeId number = make.integer(std::int64_t{1} << 31);
  EXPECT_EQ(pickle_of(std::move(make).tree(number)).pickle,
            std::string("\x80\x02\x8a\x05\x00\x00\x00\x80\x00.", 10));
}

TEST(PickleWriter, EveryIntegerIsReadBackAsItself) {
  std::mt19937_64 random(3);
  std::vector<std::int64_t> numbers = {0,
                                       -1,
                                       255,
                                       256,
                                       -128,
                                       -129,
                                       2147483647,
                                       -2147483648LL,
                                       2147483648LL,
                                       -2147483649LL,
                                       std::numeric_limits<std::int64_t>::min(),
                                       std::numeric_limits<std::int64_t>::max()};
  for (int i = 0; i < 1000; ++i)
    numbers.push_back(static_cast<std::int64_t>(random()) >> (random() % 64));
  PickleBuilder make;
  std::vector<NodeId> nodes;
  for (const std::int64_t number : numbers) nodes.push_back(make.integer(number));
  const NodeId list = make.list(nodes);
  const PickleTree tree = read_back(std::move(make).tree(list));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    ASSERT_EQ(tree.at(tree.top().items[i]).kind, PickleKind::kInt) << numbers[i];
    EXPECT_EQ(tree.at(tree.top().items[i]).number, numbers[i]);
  }
}

TEST(PickleWriter, BigIntegersKeepTheirDigitsAndSign) {
  for (const char* digits : {"9223372036854775808", "-9223372036854775809",
                             "1180591620717411303424", "-1180591620717411303424"}) {
    PickleTree tree;
    tree.nodes.push_back({.kind = PickleKind::kBigInt, .text = digits});
    tree.root = 0;
    EXPECT_EQ(read_back(tree).top().text, digits);
  }
}

// Found by fuzzing: they were kept as big ones, and written back in another form.
TEST(PickleWriter, SmallIntegersInManyBytesAreIntegers) {
  const std::string least =
      "\x8a\x0b" + std::string(7, '\0') + "\x80" + std::string(3, '\xff') + ".";
  const std::string small = "\x8a\x0b\xff\xff\xfa\x01" + std::string(7, '\0') + ".";
  for (const auto& [pickle, number] :
       {std::pair(small, std::int64_t{33226751}),
        std::pair(least, std::numeric_limits<std::int64_t>::min())}) {
    const PickleTree tree = unpickle(span_of(pickle), "test").tree;
    EXPECT_EQ(tree.top().kind, PickleKind::kInt);
    EXPECT_EQ(tree.top().number, number);
  }
  const std::string beyond =
      "\x8a\x09" + std::string(7, '\0') + "\x80" + std::string(1, '\0') + ".";
  const PickleTree tree = unpickle(span_of(beyond), "test").tree;
  EXPECT_EQ(tree.top().text, "9223372036854775808");
}

TEST(PickleWriter, AValueInTwoPlacesIsWrittenOnceAndAListMayHoldItself) {
  PickleBuilder make;
  const NodeId shared = make.text("only once");
  const NodeId list = make.list({shared, shared});
  PickleTree tree = std::move(make).tree(list);
  tree.nodes[list].items.push_back(list);
  const std::string pickle = pickle_of(tree).pickle;
  EXPECT_EQ(pickle.find("only once"), pickle.rfind("only once"));
  const PickleTree read = read_back(tree);
  EXPECT_EQ(read.top().items[0], read.top().items[1]);
  EXPECT_EQ(read.top().items[2], read.root);
}

TEST(PickleWriter, ATupleInsideItselfIsRefusedAndDepthCostsNoStack) {
  PickleBuilder make;
  const NodeId tuple = make.tuple({});
  PickleTree loop = std::move(make).tree(tuple);
  loop.nodes[tuple].items.push_back(tuple);
  EXPECT_THROW(pickle_of(loop), Error);

  PickleBuilder deep;
  NodeId node = deep.none();
  for (int i = 0; i < 200'000; ++i) node = i % 2 == 0 ? deep.list({node}) : deep.tuple({node});
  EXPECT_EQ(pickle_of(std::move(deep).tree(node)).pickle.back(), '.');
}

TEST_F(PthWriter, ViewsOfOneStorageStillShareIt) {
  const RawTensor all = floats({0, 1, 2, 3, 4, 5});
  RawTensor transposed = all;
  transposed.shape = {3, 2};
  transposed.strides = {1, 3};
  RawTensor tail = all;
  tail.shape = {2};
  tail.offset = 4;
  PickleBuilder make;
  const NodeId root = make.dict({{"all", make.tensor(all)},
                                 {"transposed", make.tensor(transposed)},
                                 {"tail", make.tensor(tail)},
                                 {"empty", make.tensor(floats({}))}});
  write_pth(path_, std::move(make).tree(root));
  const PickleTree tree = read_pth(path_);
  const auto tensor = [&](const char* name) {
    return tree.tensors[static_cast<std::size_t>(tree.at(tree.find(tree.root, name)).number)];
  };
  EXPECT_EQ(tensor("all").storage, tensor("transposed").storage);
  EXPECT_EQ(tensor("all").storage, tensor("tail").storage);
  EXPECT_EQ(contiguous_bytes(tensor("transposed")), contiguous_bytes(transposed));
  EXPECT_EQ(contiguous_bytes(tensor("tail")), contiguous_bytes(floats({4, 5})));
  EXPECT_EQ(tensor("empty").numel(), 0);
}

TEST_F(PthWriter, WeightsOptionsAndMetadataComeBack) {
  WeightsFile weights;
  weights.tensors = {{"a.weight", floats({1, 2})}};
  weights.args = {{"none", std::monostate{}},
                  {"flag", true},
                  {"number", std::int64_t{300}},
                  {"rate", 2e-4},
                  {"text", "größe"}};
  weights.metadata = {{"size", "247,1333"}};
  write_weights_pth(path_, weights);
  const WeightsFile read = read_weights(path_);
  EXPECT_EQ(read.args, weights.args);
  EXPECT_EQ(read.metadata, weights.metadata);
  ASSERT_EQ(read.tensors.size(), 1u);
  EXPECT_EQ(contiguous_bytes(read.tensors[0].second), contiguous_bytes(floats({1, 2})));
}

TEST_F(PthWriter, TheSameTreeGivesTheSameFileWithDataAtMultiplesOf64) {
  WeightsFile weights;
  weights.tensors = {{"a", floats({1, 2})}, {"b", floats({3})}};
  write_weights_pth(path_, weights);
  const std::string first = read_file(path_);
  write_weights_pth(path_, weights);
  EXPECT_EQ(read_file(path_), first);
  for (const char* name : {"data/0", "data/1", "data.pkl"}) {
    const ZipArchive zip(span_of(first), "test");
    const auto data = zip.read(zip.find_in_root(name));
    EXPECT_EQ((data.data() - span_of(first).data()) % 64, 0) << name;
  }
}

// 70,000 entries leave the 16-bit count of the plain end record.
TEST(ZipWriter, ManyEntriesGetAZip64Directory) {
  std::ostringstream out;
  ZipWriter writer(out);
  for (int i = 0; i < 70'000; ++i) writer.add("r/" + std::to_string(i), std::to_string(i));
  writer.finish();
  const std::string bytes = out.str();
  const ZipArchive zip(span_of(bytes), "test");
  const auto last = zip.read("r/69999");
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(last.data()), last.size()), "69999");
}

// 40,000 views of 256 KB: a file of 3 MB whose tensors, written out one by one, would fill 10 GB.
TEST_F(PthWriter, ViewsOutOfAllProportionAreRefused) {
  const RawTensor once = floats(std::vector<float>(1 << 16));
  PickleBuilder make;
  std::vector<NodeId> views;
  for (int i = 0; i < 40'000; ++i) views.push_back(make.tensor(once));
  const NodeId root = make.list(std::move(views));
  write_pth(path_, std::move(make).tree(root));
  try {
    read_pth(path_);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("show far more bytes than the file has"),
              std::string::npos)
        << error.what();
  }
}

// At every byte: checkpoints of both layouts, and one that we wrote.
TEST_F(PthWriter, EveryCutOffFileIsAnErrorThatNamesIt) {
  const fs::path goldens = fs::path(SACCADE_SOURCE_DIR) / "tests/goldens/checkpoints";
  PickleBuilder make;
  const NodeId root = make.dict({{std::string("model"), make.tensor(floats({1, 2, 3}))}});
  write_pth(path_, std::move(make).tree(root));
  std::int64_t cuts = 0;
  for (const fs::path& file : {goldens / "zip.pth", goldens / "legacy.pth", path_}) {
    const std::string whole = read_file(file);
    ASSERT_NO_THROW(read_pth(span_of(whole), nullptr, "cut.pth")) << file;
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const std::string cut = whole.substr(0, size);
      try {
        read_pth(span_of(cut), nullptr, "cut.pth");
        FAIL() << file << ": no error at " << size << " bytes";
      } catch (const Error& error) {
        ASSERT_TRUE(std::string(error.what()).starts_with("cut.pth: ")) << error.what();
      }
    }
    cuts += std::ssize(whole);
  }
  tell_fault("`.pth` in both layouts cut off at every byte", cuts,
             "each an error that names the file");
}

}  // namespace
}  // namespace saccade
