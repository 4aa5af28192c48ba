// Stands in for gloo's header of this name, of which c10d's ProcessGroupGloo.hpp needs nothing.
#pragma once
