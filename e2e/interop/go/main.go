// The Amazon S3 Encryption Client for Go: one JSON command per line comes in, one JSON answer per line goes out.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/aws/amazon-s3-encryption-client-go/v4/client"
	"github.com/aws/amazon-s3-encryption-client-go/v4/commitment"
	"github.com/aws/amazon-s3-encryption-client-go/v4/materials"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

type cloud struct {
	Endpoint        string
	Region          string
	AccessKeyId     string
	SecretAccessKey string
}

type request struct {
	Id      int
	Command string
	Bucket  string
	Key     string
	Length  int
	Range   *string
	Client  struct {
		Keyring          struct{ KeyId string }
		CommitmentPolicy string
	}
	EncryptionContext map[string]string
}

type answer struct {
	Id     int            `json:"id"`
	Result map[string]any `json:"result,omitempty"`
	Error  []string       `json:"error,omitempty"`
}

var policies = map[string]commitment.CommitmentPolicy{
	"FORBID_ENCRYPT_ALLOW_DECRYPT":    commitment.FORBID_ENCRYPT_ALLOW_DECRYPT,
	"REQUIRE_ENCRYPT_ALLOW_DECRYPT":   commitment.REQUIRE_ENCRYPT_ALLOW_DECRYPT,
	"REQUIRE_ENCRYPT_REQUIRE_DECRYPT": commitment.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
}

func main() {
	var where cloud
	if err := json.Unmarshal([]byte(os.Args[1]), &where); err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		result, err := run(where, asked)
		if err := out.Encode(answer{Id: asked.Id, Result: result, Error: chain(err)}); err != nil {
			panic(err)
		}
	}
}

func run(where cloud, asked request) (map[string]any, error) {
	if asked.Command == "hello" {
		return map[string]any{
			"version": version("github.com/aws/amazon-s3-encryption-client-go/v4"),
			"runtime": strings.Replace(runtime.Version(), "go", "Go ", 1),
		}, nil
	}
	s3ec, err := newClient(where, asked)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	if asked.EncryptionContext != nil {
		ctx = context.WithValue(ctx, "EncryptionContext", asked.EncryptionContext)
	}
	switch asked.Command {
	case "write":
		_, err := s3ec.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &asked.Bucket,
			Key:    &asked.Key,
			Body:   bytes.NewReader(plaintext(asked.Length)),
		})
		return map[string]any{}, err
	case "read":
		got, err := s3ec.GetObject(ctx, &s3.GetObjectInput{Bucket: &asked.Bucket, Key: &asked.Key, Range: asked.Range})
		if err != nil {
			return nil, err
		}
		defer got.Body.Close()
		hash := sha256.New()
		length, err := io.Copy(hash, got.Body)
		return map[string]any{"length": length, "sha256": hex.EncodeToString(hash.Sum(nil))}, err
	}
	return nil, fmt.Errorf("no such command: %s", asked.Command)
}

func newClient(where cloud, asked request) (*client.S3EncryptionClientV4, error) {
	config := aws.Config{
		Region:       where.Region,
		BaseEndpoint: &where.Endpoint,
		Credentials:  credentials.NewStaticCredentialsProvider(where.AccessKeyId, where.SecretAccessKey, ""),
	}
	keyring := materials.NewKmsKeyring(kms.NewFromConfig(config), asked.Client.Keyring.KeyId)
	manager, err := materials.NewCryptographicMaterialsManager(keyring)
	if err != nil {
		return nil, err
	}
	plain := s3.NewFromConfig(config, func(options *s3.Options) { options.UsePathStyle = true })
	return client.New(plain, manager, func(options *client.EncryptionClientOptions) {
		options.CommitmentPolicy = policies[asked.Client.CommitmentPolicy]
	})
}

// The plaintext of a length: see plaintext.ts.
func plaintext(length int) []byte {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	text := make([]byte, length)
	cipher.NewCTR(block, make([]byte, 16)).XORKeyStream(text, text)
	return text
}

func version(path string) string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == path {
			return strings.TrimPrefix(module.Version, "v")
		}
	}
	return "unknown"
}

// An error and its causes, as type: message.
func chain(err error) []string {
	var found []string
	for ; err != nil && len(found) < 8; err = errors.Unwrap(err) {
		found = append(found, fmt.Sprintf("%T: %v", err, err))
	}
	return found
}
