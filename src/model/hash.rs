//! Hash functions that real systems place work by.

use std::hash::Hasher;

use siphasher::sip::SipHasher24;

/// SipHash-2-4 of `data` under a key of two words (Aumasson, Bernstein: "SipHash: a fast short-input
/// PRF", INDOCRYPT 2012).
///
/// ```
/// use cloudsched::model::sip_hash;
/// assert_eq!(sip_hash((0, 0), b"Hello world"), 0xc9e8_a302_1f38_22d9);
/// ```
pub fn sip_hash(key: (u64, u64), data: &[u8]) -> u64 {
    let mut hasher = SipHasher24::new_with_keys(key.0, key.1);
    hasher.write(data);
    hasher.finish()
}

/// The next number of the generator that [`jump_hash`] draws from.
pub(crate) fn jump_next(key: u64) -> u64 {
    key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1)
}

/// The bucket of a key, of `buckets`, at least one: where their number grows by one, a key stays or goes to the new
/// one (Lamping, Veach: "A Fast, Minimal Memory, Consistent Hash Algorithm", arXiv 1406.2294, 2014).
///
/// ```
/// use cloudsched::model::jump_hash;
/// assert_eq!(jump_hash(1, 10), 6);
/// ```
pub fn jump_hash(mut key: u64, buckets: u32) -> u32 {
    let (mut bucket, mut next) = (0, 0);
    while next < u64::from(buckets) {
        bucket = next;
        key = jump_next(key);
        // Both operations are exact to the last bit on any machine.
        let jump = (1_u64 << 31) as f64 / ((key >> 33) + 1) as f64;
        next = ((bucket + 1) as f64 * jump) as u64;
    }
    bucket as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors of the reference implementation (`vectors.h`, `vectors_sip64`): the key is 00 01 … 0f, the data 00 01 …
    /// of so many bytes. That of 15 bytes stands in appendix A of the paper.
    #[test]
    fn sip_hash_gives_the_vectors_of_the_reference() {
        let key = (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908);
        let data: Vec<u8> = (0..15).collect();
        let vectors = [
            (0, 0x726f_db47_dd0e_0e31),
            (1, 0x74f8_39c5_93dc_67fd),
            (2, 0x0d6c_8009_d9a9_4f5a),
            (3, 0x8567_6696_d7fb_7e2d),
            (4, 0xcf27_94e0_2771_87b7),
            (8, 0x93f5_f579_9a93_2462),
            (15, 0xa129_ca61_49be_45e5),
        ];
        for (length, hash) in vectors {
            assert_eq!(sip_hash(key, &data[..length]), hash, "{length} bytes");
        }
    }

    /// Vectors of the Go package that the Fn project uses (github.com/dchest/siphash, its tests), under a key of zeros.
    #[test]
    fn sip_hash_gives_the_vectors_of_the_package_for_go() {
        let vectors: [(&[u8], u64); 3] = [
            (b"", 0x1e92_4b9d_7377_00d7),
            (b"Hello world", 0xc9e8_a302_1f38_22d9),
            (b"12345678123", 0x0f95_d77c_cdb0_649f),
        ];
        for (data, hash) in vectors {
            assert_eq!(sip_hash((0, 0), data), hash);
        }
    }

    /// For 1 to 19 buckets, as the C++ code of the paper says (github.com/dgryski/go-jump, `jump_test.go`).
    #[test]
    fn jump_hash_gives_the_vectors_of_the_reference() {
        let vectors = [
            (0, [0; 19]),
            (1, [0, 0, 0, 0, 0, 0, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 17, 17]),
            (0xdead_beef, [0, 1, 2, 3, 3, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 16, 16, 16]),
            (0x0ddc_0ffe_ebad_f00d, [0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 15, 15, 15, 15]),
        ];
        for (key, expected) in vectors {
            let buckets: [u32; 19] =
                std::array::from_fn(|before| jump_hash(key, before as u32 + 1));
            assert_eq!(buckets, expected, "key {key:#x}");
        }
    }

    /// Vectors of github.com/lithammer/go-jump-consistent-hash.
    #[test]
    fn jump_hash_gives_the_vectors_of_another() {
        let vectors = [
            (1, 1, 0),
            (42, 57, 43),
            (0xdead_10cc, 1, 0),
            (0xdead_10cc, 666, 361),
            (256, 1024, 520),
        ];
        for (key, buckets, bucket) in vectors {
            assert_eq!(jump_hash(key, buckets), bucket, "key {key} of {buckets}");
        }
    }

    /// What the paper promises: with one bucket more a key stays or goes to the new one, and the buckets get as
    /// many: 10,000 of 100,000 keys each, give or take four standard deviations of about 95.
    #[test]
    fn jump_hash_is_consistent_and_even() {
        let mut counts = [0; 10];
        for key in 0..100_000_u64 {
            let (before, after) = (jump_hash(key, 9), jump_hash(key, 10));
            assert!(after == before || after == 9, "key {key}");
            counts[after as usize] += 1;
        }
        assert!(counts.iter().all(|count| (9_620..=10_380).contains(count)), "{counts:?}");
    }
}
