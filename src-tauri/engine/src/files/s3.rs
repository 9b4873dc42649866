//! An S3-compatible service: MinIO, Garage, AWS, Supabase's own endpoint.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{
    HttpConnector as _, HttpError, HttpRequest, HttpRequestBody, HttpResponse, ReqwestConnector,
};
use object_store::path::Path;
use object_store::signer::{Method, Signer as _};
use object_store::{
    Attribute, AttributeValue, BackoffConfig, ClientOptions, GetOptions, ObjectMeta,
    ObjectStore as _, ObjectStoreExt as _, PutMultipartOptions, PutOptions, RetryConfig,
    WriteMultipart,
};

use super::address::{Keys, Service};
use super::content::{CACHE_CONTROL, CONTENT_TYPE, OWN};
use super::disk::changed;
use super::name::ASIDE;
use super::sieve::{Odd, Sieve};
use super::store::{Listing, Store, StoredFile};
use super::{Aside, Attributes, Bytes, Content, FileName, Place};
use crate::{Code, Error, Result};

/// Bytes of one part of an upload; up to 10,000 parts make one file.
const PART: usize = 8 << 20;
/// Parts of one file under way at once.
const PARTS_AT_ONCE: usize = 2;
/// Files asked for side by side.
const LOOKS_AT_ONCE: usize = 8;
/// How services say that there is no such bucket.
const NO_BUCKET: &[&str] = &["NoSuchBucket"];
/// How services say that no room is left, or that a quota is used up.
const FULL: &[&str] = &[
    "InsufficientStorage",
    "QuotaExceeded",
    "XMinioAdminBucketQuotaExceeded",
    "XMinioStorageFull",
];
/// How services say that keys are wrong, have expired or may not do this.
const REFUSED: &[&str] = &[
    "AccessDenied",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
];
/// How services say that they do not copy a file of this size by themselves: Amazon does up to 5 GiB.
const TOO_LARGE_TO_COPY: &[&str] = &["EntityTooLarge", "InvalidRequest"];
/// The region whose buckets Amazon makes without being told where.
const FIRST_REGION: &str = "us-east-1";
/// How long a service may take to accept a connection.
const CONNECTING: Duration = Duration::from_secs(5);

/// Buckets of one service.
#[derive(Debug)]
pub(super) struct S3Store {
    service: Service,
    keys: Option<Keys>,
    buckets: Mutex<BTreeMap<String, Bucket>>,
}

/// A bucket, and what its listings held besides files.
#[derive(Debug, Clone)]
struct Bucket {
    client: Arc<AmazonS3>,
    odd: Odd,
}

impl S3Store {
    pub(super) fn new(service: &Service, keys: Option<Keys>) -> Result<Self> {
        if keys.is_none() {
            return Err(Error::new(
                Code::StorageKeysNeeded,
                "The keys of the storage are not at hand.",
            )
            .hint("Keep them with the saved connection, or give them in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."));
        }
        Ok(Self {
            service: service.clone(),
            keys,
            buckets: Mutex::default(),
        })
    }

    fn bucket(&self, name: &str) -> Result<Arc<AmazonS3>> {
        Ok(self.opened(name)?.client)
    }

    fn opened(&self, name: &str) -> Result<Bucket> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get(name) {
            return Ok(bucket.clone());
        }
        let odd = Odd::default();
        let retry = RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(100),
                max_backoff: Duration::from_secs(5),
                base: 2.0,
            },
            max_retries: 5,
            retry_timeout: self.service.patience * 4,
        };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(name)
            .with_region(&self.service.region)
            .with_virtual_hosted_style_request(false)
            .with_client_options(self.connecting())
            .with_http_connector(Sieve { odd: odd.clone() })
            .with_retry(retry);
        if let Some(endpoint) = &self.service.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        if let Some(keys) = &self.keys {
            builder = builder
                .with_access_key_id(&keys.access_key_id)
                .with_secret_access_key(&keys.secret_access_key);
            if let Some(token) = &keys.session_token {
                builder = builder.with_token(token);
            }
        }
        let made = builder.build().map_err(|error| failed(&error, name))?;
        let made = Bucket {
            client: Arc::new(made),
            odd,
        };
        buckets.insert(name.to_owned(), made.clone());
        Ok(made)
    }

    /// How connections are made.
    fn connecting(&self) -> ClientOptions {
        ClientOptions::new()
            .with_allow_http(true)
            .with_connect_timeout(CONNECTING)
            // A large file may take as long as it takes; it must only not stand still.
            .with_timeout_disabled()
            .with_read_timeout(self.service.patience)
    }

    /// Asks for something about a bucket as a whole, which the library has no words for.
    async fn ask(&self, name: &str, method: Method, body: HttpRequestBody) -> Result<HttpResponse> {
        let refused = |error: object_store::Error| failed(&error, name);
        let (bucket, whole) = (self.bucket(name)?, Path::default());
        let signed = bucket.signed_url(method.clone(), &whole, self.service.patience);
        let url = signed.await.map_err(refused)?;
        let mut request = HttpRequest::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = url.as_str().parse().map_err(|_| not_done())?;
        let client = ReqwestConnector::default();
        let client = client.connect(&self.connecting()).map_err(refused)?;
        client
            .execute(request)
            .await
            .map_err(|_| unreachable().with("bucket", name))
    }

    /// The objects of a place, and the keys there that are none of a file's.
    async fn keys_below(&self, place: &Place) -> Result<Option<(Vec<ObjectMeta>, Vec<String>)>> {
        let Bucket { client, odd } = self.opened(&place.bucket)?;
        let prefix = path(&FileName::new(
            place.bucket.clone(),
            place.prefix.trim_end_matches('/'),
        ));
        let found = client.list(prefix.ok().as_ref()).try_collect().await;
        match found {
            Ok(found) => Ok(Some((found, odd.take(&place.prefix)))),
            Err(error) if says(&error, NO_BUCKET) => Ok(None),
            Err(error) => Err(failed(&error, &place.bucket)),
        }
    }
}

impl Store for S3Store {
    fn address(&self) -> String {
        self.service.to_string()
    }

    fn bucket_limits(&self) -> Option<&'static str> {
        Some(
            "The storage's service makes the bucket, with the limits that it gives to every new one: those of other companies' buckets are to be set by hand.",
        )
    }

    fn caveat(&self) -> Option<&'static str> {
        Some(
            "Where a bucket keeps old versions of its objects, those of the files that are replaced or go stay there and count against its quota, also after Revert.",
        )
    }

    fn make_bucket<'a>(&'a self, bucket: &'a str) -> BoxFuture<'a, Result<()>> {
        async move {
            let region = &self.service.region;
            // Amazon wants to be told where, but for the region in which all began.
            let body = match self.service.endpoint.is_none() && region != FIRST_REGION {
                true => HttpRequestBody::from(format!(
                    "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
                )),
                false => HttpRequestBody::empty(),
            };
            let answer = self.ask(bucket, Method::PUT, body).await?;
            let made = match answer.status().as_u16() {
                // Somebody has made it meanwhile.
                200..=299 | 409 => return Ok(()),
                401 | 403 => refused().hint(
                    "The company's files lie in a bucket of its own; let the keys make one, or leave the files away.",
                ),
                _ => not_done(),
            };
            Err(made.with("bucket", bucket))
        }
        .boxed()
    }

    fn remove_bucket<'a>(&'a self, bucket: &'a str) -> BoxFuture<'a, ()> {
        async move {
            drop(
                self.ask(bucket, Method::DELETE, HttpRequestBody::empty())
                    .await,
            )
        }
        .boxed()
    }

    fn list<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Option<Listing>>> {
        async move {
            let Some((found, odd)) = self.keys_below(place).await? else {
                return Ok(None);
            };
            let bucket = self.bucket(&place.bucket)?;
            let files: Vec<StoredFile> = futures_util::stream::iter(found)
                .map(|found| with_tag(&bucket, &place.bucket, found))
                .buffer_unordered(LOOKS_AT_ONCE)
                .try_filter_map(async |found| Ok(found))
                .try_collect()
                .await?;
            let files = files.into_iter();
            Ok(Some(Listing {
                files: files.filter(|file| place.holds(&file.name)).collect(),
                odd: odd
                    .into_iter()
                    .map(|key| FileName::new(place.bucket.clone(), key))
                    .collect(),
            }))
        }
        .boxed()
    }

    fn look<'a>(
        &'a self,
        name: &'a FileName,
        _: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Option<StoredFile>>> {
        async move {
            match self.bucket(&name.bucket)?.head(&path(name)?).await {
                Ok(found) => Ok(Some(stored(&name.bucket, found))),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(failed(&error, &name.bucket)),
            }
        }
        .boxed()
    }

    fn read<'a>(&'a self, file: &'a StoredFile) -> BoxFuture<'a, Result<Content<'a>>> {
        async move {
            let name = &file.name;
            let options = GetOptions::new().with_if_match(Some(file.tag.clone()));
            let found = match self
                .bucket(&name.bucket)?
                .get_opts(&path(name)?, options)
                .await
            {
                Ok(found) => found,
                Err(
                    object_store::Error::NotFound { .. }
                    | object_store::Error::Precondition { .. }
                    | object_store::Error::NotModified { .. },
                ) => return Err(changed()),
                Err(error) => return Err(failed(&error, &name.bucket)),
            };
            // A service that does not know the condition answers with another content.
            if tag(&found.meta) != file.tag {
                return Err(changed());
            }
            let attributes = found.attributes.iter();
            let attributes = attributes.filter_map(|(attribute, value)| {
                Some((header(attribute)?, value.as_ref().to_owned()))
            });
            let attributes = attributes.collect();
            let pieces = found.into_stream();
            let bucket = name.bucket.as_str();
            Ok(Content {
                attributes,
                pieces: pieces.map_err(move |error| failed(&error, bucket)).boxed(),
            })
        }
        .boxed()
    }

    fn stage<'a>(
        &'a self,
        aside: &'a Aside,
        attributes: &'a Attributes,
        pieces: BoxStream<'a, Result<Bytes>>,
    ) -> BoxFuture<'a, Result<()>> {
        put(self, aside.waiting(), attributes, pieces).boxed()
    }

    fn waits<'a>(&'a self, aside: &'a Aside) -> BoxFuture<'a, Result<bool>> {
        async move { Ok(self.look(&aside.waiting(), None).await?.is_some()) }.boxed()
    }

    fn switch<'a>(&'a self, aside: &'a Aside) -> BoxFuture<'a, Result<()>> {
        async move {
            let bucket = self.bucket(&aside.name.bucket)?;
            let waiting = path(&aside.waiting())?;
            match bucket.copy(&waiting, &path(&aside.name)?).await {
                Ok(()) => {}
                Err(error) if says(&error, TOO_LARGE_TO_COPY) => carry_over(self, aside).await?,
                Err(error) => return Err(failed(&error, &aside.name.bucket)),
            }
            self.unstage(aside).await
        }
        .boxed()
    }

    fn unstage<'a>(&'a self, aside: &'a Aside) -> BoxFuture<'a, Result<()>> {
        async move { remove(self, &aside.waiting()).await }.boxed()
    }

    fn remove<'a>(&'a self, name: &'a FileName, _: Option<&'a str>) -> BoxFuture<'a, Result<()>> {
        remove(self, name).boxed()
    }

    fn left_over<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Vec<Aside>>> {
        async move {
            let first = place.prefix.split_inclusive('/').next().unwrap_or_default();
            let waiting = Place {
                prefix: format!("{first}{ASIDE}/"),
                ..place.clone()
            };
            let found = self.keys_below(&waiting).await?;
            let found = found.map(|(found, _)| found);
            Ok(found
                .into_iter()
                .flatten()
                .map(|found| Aside::left(&place.bucket, found.location.to_string()))
                .collect())
        }
        .boxed()
    }
}

/// A listed file with its ETag: a service whose listing has none is asked for each.
async fn with_tag(bucket: &AmazonS3, name: &str, found: ObjectMeta) -> Result<Option<StoredFile>> {
    if found.e_tag.is_some() {
        return Ok(Some(stored(name, found)));
    }
    match bucket.head(&found.location).await {
        Ok(found) => Ok(Some(stored(name, found))),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(failed(&error, name)),
    }
}

async fn remove(store: &S3Store, name: &FileName) -> Result<()> {
    match store.bucket(&name.bucket)?.delete(&path(name)?).await {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(failed(&error, &name.bucket)),
    }
}

/// Copies what waits through this computer.
async fn carry_over(store: &S3Store, aside: &Aside) -> Result<()> {
    let Some(waiting) = store.look(&aside.waiting(), None).await? else {
        return Err(changed());
    };
    let content = store.read(&waiting).await?;
    put(
        store,
        aside.name.clone(),
        &content.attributes,
        content.pieces,
    )
    .await
}

/// Uploads a file: small ones in one request, so that it is there whole or not at all; large ones in
/// parts, which become the file at the end.
async fn put(
    store: &S3Store,
    name: FileName,
    attributes: &Attributes,
    mut pieces: BoxStream<'_, Result<Bytes>>,
) -> Result<()> {
    let bucket = store.bucket(&name.bucket)?;
    let refused = |error: object_store::Error| failed(&error, &name.bucket);
    let (at, attributes) = (path(&name)?, headers(attributes));
    let mut first = Vec::new();
    while first.len() < PART {
        match pieces.next().await {
            Some(piece) => first.extend_from_slice(&piece?),
            None => {
                let options = PutOptions::from(attributes);
                let done = bucket.put_opts(&at, first.into(), options).await;
                return done.map(drop).map_err(refused);
            }
        }
    }
    let options = PutMultipartOptions::from(attributes);
    let upload = bucket
        .put_multipart_opts(&at, options)
        .await
        .map_err(refused)?;
    let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
    upload.put(first.into());
    while let Some(piece) = pieces.next().await {
        let written = match piece {
            Ok(piece) => match upload.wait_for_capacity(PARTS_AT_ONCE).await {
                Ok(()) => {
                    upload.put(piece);
                    Ok(())
                }
                Err(error) => Err(refused(error)),
            },
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            // Parts that stay are what the service's own rules for cut-off uploads are for.
            drop(upload.abort().await);
            return Err(error);
        }
    }
    upload.finish().await.map(drop).map_err(refused)
}

fn path(name: &FileName) -> Result<Path> {
    Path::parse(&name.key).map_err(|_| {
        Error::new(
            Code::StorageRefused,
            "A file of that name cannot lie in the storage.",
        )
    })
}

fn stored(bucket: &str, found: ObjectMeta) -> StoredFile {
    StoredFile {
        tag: tag(&found),
        name: FileName::new(bucket, String::from(found.location)),
        byte_count: found.size,
        version: None,
    }
}

/// The ETag, or the best that is known where a service gives none.
fn tag(found: &ObjectMeta) -> String {
    match &found.e_tag {
        Some(tag) => tag.clone(),
        None => format!("{}-{}", found.last_modified.timestamp_micros(), found.size),
    }
}

const HEADERS: [(&str, Attribute); 5] = [
    (CONTENT_TYPE, Attribute::ContentType),
    (CACHE_CONTROL, Attribute::CacheControl),
    ("content-disposition", Attribute::ContentDisposition),
    ("content-encoding", Attribute::ContentEncoding),
    ("content-language", Attribute::ContentLanguage),
];

fn header(attribute: &Attribute) -> Option<String> {
    if let Attribute::Metadata(name) = attribute {
        return Some(format!("{OWN}{name}"));
    }
    let known = HEADERS.iter().find(|(_, known)| known == attribute);
    known.map(|(header, _)| (*header).to_owned())
}

fn headers(attributes: &Attributes) -> object_store::Attributes {
    let known = |header: &str| match header.strip_prefix(OWN) {
        Some(name) => Some(Attribute::Metadata(Cow::Owned(name.to_owned()))),
        None => HEADERS
            .iter()
            .find(|(known, _)| *known == header)
            .map(|(_, attribute)| attribute.clone()),
    };
    let given = attributes
        .iter()
        .filter_map(|(header, value)| Some((known(header)?, AttributeValue::from(value.clone()))));
    given.collect()
}

/// Maps what the service or the way to it says, which may hold URLs and is never repeated.
fn failed(error: &object_store::Error, bucket: &str) -> Error {
    let made = match error {
        other if says(other, FULL) => Error::new(
            Code::StorageFull,
            "There is no room left in the storage, or its quota is used up.",
        ),
        object_store::Error::PermissionDenied { .. }
        | object_store::Error::Unauthenticated { .. } => refused(),
        other if says(other, REFUSED) => refused(),
        object_store::Error::NotFound { .. } => {
            Error::new(Code::NoSuchBucket, "The storage has no such bucket.")
        }
        other if is_unreachable(other) => unreachable(),
        _ => not_done(),
    };
    made.with("bucket", bucket)
}

fn unreachable() -> Error {
    Error::new(
        Code::StorageUnreachable,
        "The storage does not answer, or breaks off.",
    )
}

fn not_done() -> Error {
    Error::new(Code::StorageFailed, "The storage does not do as asked.")
}

fn refused() -> Error {
    Error::new(
        Code::StorageRefused,
        "The storage refuses these keys, or what is to be done with them.",
    )
    .hint("Look whether they are right, have not expired, and may list, read and write.")
}

/// Whether the service's answer carries one of these codes of the protocol, which stand in its body.
fn says(error: &object_store::Error, codes: &[&str]) -> bool {
    let answer = error.to_string();
    let code = answer
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"));
    code.is_some_and(|(code, _)| codes.contains(&code))
}

fn is_unreachable(error: &object_store::Error) -> bool {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(found) = cause {
        if found.is::<HttpError>() {
            return true;
        }
        cause = found.source();
    }
    false
}
