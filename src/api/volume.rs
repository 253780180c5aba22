//! A Pod's volumes, as far as they decide where it may run. Models `core/v1` `Volume`.
//! Left out: every source that fits any node alike.

use std::rc::Rc;

use super::view::view;

view! {
    /// One volume, as far as it decides where the Pod may go.
    pub struct Volume {
        /// Unique in the Pod.
        pub name: Rc<str>,
        /// A claim of the Pod's namespace.
        pub persistent_volume_claim: Option<ClaimVolume>,
        /// A claim that is made for the Pod, named after both.
        pub ephemeral: Option<EphemeralVolume>,
        /// The contents of an image.
        pub image: Option<ImageVolume>,
        /// A disk that only one may write to.
        pub gce_persistent_disk: Option<GcePersistentDisk>,
        /// A disk that only one Pod may have.
        pub aws_elastic_block_store: Option<AwsElasticBlockStore>,
        /// A disk that only one may write to.
        pub iscsi: Option<Iscsi>,
        /// A disk that only one may write to.
        pub rbd: Option<Rbd>,
    }

    /// A claim by its name.
    pub struct ClaimVolume {
        /// `PersistentVolumeClaim` of the Pod's namespace.
        pub claim_name: Rc<str>,
    }

    /// A claim that is made for the Pod. Nothing of its template is simulated.
    pub struct EphemeralVolume {}

    /// The contents of an image.
    pub struct ImageVolume {
        /// Image, as written.
        pub reference: Rc<str>,
    }

    /// A Google disk.
    pub struct GcePersistentDisk {
        /// Which disk.
        pub pd_name: Rc<str>,
        /// Several may read.
        pub read_only: bool,
    }

    /// An Amazon disk.
    pub struct AwsElasticBlockStore {
        /// Which disk.
        #[name = "volumeID"]
        pub volume_id: Rc<str>,
    }

    /// An iSCSI disk.
    pub struct Iscsi {
        /// Which disk.
        pub iqn: Rc<str>,
        /// Several may read.
        pub read_only: bool,
    }

    /// A Ceph disk.
    pub struct Rbd {
        /// Where Ceph is asked.
        pub monitors: Vec<Rc<str>>,
        /// `rbd` where it isn't said.
        pub pool: Rc<str>,
        /// Which disk.
        pub image: Rc<str>,
        /// Several may read.
        pub read_only: bool,
    }
}
